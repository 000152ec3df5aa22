/** One REST request to the service. */
import type { Problem } from './wire.js';

/** A personal access token, or what gets one; null for the session cookie. */
export type Token = string | (() => string | null | undefined | Promise<string | null | undefined>);

export interface ServiceOptions {
  /** Where the service is, as `https://sync.example.org`. Default: the page's own origin. */
  url?: string;
  /** A personal access token, or what gets one; asked anew on every request and connect. Default: the session cookie. */
  token?: Token;
  fetch?: typeof globalThis.fetch;
}

/** A request that the service refused, or that did not reach it (`status` 0). `message` is for the player. */
export class CharacterSyncError extends Error {
  readonly code: string;
  readonly status: number;
  readonly problem: Partial<Problem>;

  constructor(message: string, code: string, status: number, problem: Partial<Problem> = {}) {
    super(message);
    this.name = 'CharacterSyncError';
    this.code = code;
    this.status = status;
    this.problem = problem;
  }
}

/** Asks for `path` as it stands in the API (`/api/v1/me`); undefined for an answer without content. */
export type ServiceRequest = <T>(method: string, path: string, body?: unknown, signal?: AbortSignal) => Promise<T>;

/** Return what asks the service. Its requests reject with CharacterSyncError. */
export function serviceRequest(options: ServiceOptions = {}): ServiceRequest {
  const base = serviceUrl(options);
  return async <T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> => {
    let response: Response;
    try {
      const secret = await secretOf(options.token);
      const headers: Record<string, string> = { Accept: 'application/json' };
      if (body !== undefined) headers['Content-Type'] = 'application/json';
      if (secret !== undefined) headers['Authorization'] = `Bearer ${secret}`;
      response = await (options.fetch ?? globalThis.fetch)(`${base}${path}`, {
        method,
        headers,
        credentials: secret === undefined ? 'include' : 'omit',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch {
      throw new CharacterSyncError('The sync service cannot be reached.', 'unreachable', 0);
    }
    if (response.status === 204) return undefined as T;
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok && answer !== null) return answer as T;
    const problem = (answer ?? {}) as Partial<Problem>;
    throw new CharacterSyncError(
      problem.detail ?? `The sync service answered ${response.status}.`,
      problem.code ?? 'unexpected_answer',
      response.status,
      problem,
    );
  };
}

/** Return the service's address without a slash at its end; empty for the page's own origin. */
export function serviceUrl({ url }: ServiceOptions): string {
  return (url ?? '').replace(/\/+$/, '');
}

export async function secretOf(token: Token | undefined): Promise<string | undefined> {
  return (typeof token === 'function' ? await token() : token) ?? undefined;
}

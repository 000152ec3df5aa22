/** One request to the service this page came from. */
import { CharacterSyncError, type Problem } from '@character-sync/react/client';

/** Ask the service; `undefined` for an answer without content. Rejects with CharacterSyncError, in words for the player. */
export async function ask<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      ...(body !== undefined && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    });
  } catch {
    throw new CharacterSyncError('The service cannot be reached. Check your connection.', 'unreachable', 0);
  }
  if (response.status === 204) return undefined as T;
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok && answer !== undefined) return answer as T;
  const problem = (answer ?? {}) as Partial<Problem>;
  throw new CharacterSyncError(
    problem.detail ?? 'The service gave an answer this page does not understand. Try again in a moment.',
    problem.code ?? 'unexpected_answer',
    response.status,
    problem,
  );
}

/** Return what to say of an error, whatever was thrown. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

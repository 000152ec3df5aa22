import type { SyncProgressEvent, SyncSnapshot } from '../src/client.js';
import { createCharacterSyncClient, type CharacterSyncClient, type CharacterSyncClientOptions } from '../src/client.js';
import type { SyncSocket, SyncSocketOptions } from '../src/client.js';

export const SESSION = '00000000-0000-4000-8000-000000000001';
export const OTHER = '00000000-0000-4000-8000-000000000002';

export function progressEvent(over: Partial<SyncProgressEvent> = {}): SyncProgressEvent {
  return {
    sessionId: SESSION,
    status: 'processing',
    gameVersion: 'retail',
    totalCharacters: 6,
    processedCharacters: 3,
    failedCharacters: 0,
    skippedCharacters: 0,
    progressPercentage: 50,
    seq: 5,
    ...over,
  };
}

export function snapshot(over: Partial<SyncSnapshot> = {}): SyncSnapshot {
  return {
    ...progressEvent(),
    region: 'us',
    kind: 'account',
    startedAt: '2026-11-23T20:19:44.000Z',
    characters: [],
    ...over,
  };
}

type Listener = (...args: any[]) => void;
type Ack = (late: Error | null, answer?: unknown) => void;

export interface Sent {
  event: string;
  data: unknown;
  ack?: Ack;
}

export class FakeSocket implements SyncSocket {
  connected = false;
  active = false;
  connects = 0;
  readonly sent: Sent[] = [];
  readonly listeners: Map<string, Set<Listener>> = new Map();

  connect(): void {
    this.connects += 1;
    this.active = true;
  }

  disconnect(): void {
    this.active = false;
    this.connected = false;
  }

  on(event: string, listener: Listener): void {
    this.listeners.set(event, (this.listeners.get(event) ?? new Set()).add(listener));
  }

  off(event: string, listener: Listener): void {
    this.listeners.get(event)?.delete(listener);
  }

  emit(event: string, data: unknown, ack?: Ack): void {
    this.sent.push(ack ? { event, data, ack } : { event, data });
  }

  timeout(): { emit: (event: string, ...args: any[]) => void } {
    return { emit: (event, data, ack) => this.emit(event, data, ack) };
  }

  // What the service does.

  tell(event: string, ...args: unknown[]): void {
    for (const listener of [...(this.listeners.get(event) ?? [])]) listener(...args);
  }

  accept(): void {
    this.connected = true;
    this.active = true;
    this.tell('connect');
  }

  drop({ active = true }: { active?: boolean } = {}): void {
    this.connected = false;
    this.active = active;
    this.tell('disconnect', active ? 'transport close' : 'io server disconnect');
  }

  refuse(): void {
    this.active = false;
    this.tell('connect_error', new Error('unauthenticated'));
  }

  get joins(): Sent[] {
    return this.sent.filter(({ event }) => event === 'join-session');
  }

  get listenerCount(): number {
    return [...this.listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }
}

export interface Call {
  method: string;
  url: string;
  init: RequestInit;
  answer: (status: number, body: unknown) => void;
  fail: () => void;
}

export class FakeService {
  readonly sockets: FakeSocket[] = [];
  readonly socketOptions: SyncSocketOptions[] = [];
  readonly calls: Call[] = [];

  readonly options: CharacterSyncClientOptions = {
    url: 'http://sync.test',
    socket: (_url, options) => {
      const socket = new FakeSocket();
      this.sockets.push(socket);
      this.socketOptions.push(options);
      return socket;
    },
    fetch: (url, init = {}) =>
      new Promise<Response>((resolve, reject) => {
        this.calls.push({
          method: init.method ?? 'GET',
          url: String(url),
          init,
          answer: (status, body) => resolve(new Response(JSON.stringify(body), { status })),
          fail: () => reject(new TypeError('network')),
        });
      }),
  };

  client(over: CharacterSyncClientOptions = {}): CharacterSyncClient {
    return createCharacterSyncClient({ ...this.options, ...over });
  }

  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  get call(): Call {
    return this.calls.at(-1)!;
  }

  get connects(): number {
    return this.sockets.reduce((sum, socket) => sum + socket.connects, 0);
  }
}

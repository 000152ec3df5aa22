/**
 * Starts syncs and follows one at a time, over REST and Socket.IO, without React.
 *
 * The socket is opened for the first subscriber and closed shortly after the last. It loses its rooms when it reconnects
 * and the service keeps nothing for who is away, so the sync is joined anew on every connect, and where the socket stays
 * silent a snapshot is fetched.
 */
import {
  characterSyncReducer,
  IDLE,
  isFinal,
  type CharacterSyncAction,
  type CharacterSyncState,
  type Trouble,
} from './characterSyncState.js';
import { namedTimers, type Timers } from './namedTimers.js';
import { CharacterSyncError, serviceRequest } from './serviceRequest.js';
import { serviceSocket, type SocketOptions, type SyncSocket } from './serviceSocket.js';
import type { JoinAck, SyncErrorEvent, SyncEvent, SyncProgressEvent, SyncSnapshot, SyncStarted } from './wire.js';

/** After so long without a word the state is fetched. */
const SILENCE_MS = 10_000;
/** The same without a socket: then fetching is all there is. */
const SILENCE_OFFLINE_MS = 3_000;
/** Between fetches that fail, at most. */
const SILENCE_MAX_MS = 30_000;
const ACK_TIMEOUT_MS = 5_000;
/** How long the socket outlives its last subscriber: a change of page or React's strict mode comes back sooner. */
const LINGER_MS = 1_000;
/** The service closed or refused the connection; Socket.IO leaves it to us to come back. */
const RECONNECT_MS = 5_000;

export interface CharacterSyncClientOptions extends SocketOptions {
  timers?: Timers;
}

export interface StartSyncOptions {
  /** `us`, `eu`, `kr` or `tw`. Default: the service's. */
  region?: string;
}

export interface StartedSync {
  sessionId: string;
  syncedCharacters: number;
}

export interface CharacterSyncClient {
  /** Call `listener` on every change, and hold the connection until the returned function is called. */
  subscribe(listener: () => void): () => void;
  /** The same object until something changes. */
  getSnapshot(): CharacterSyncState;
  getServerSnapshot(): CharacterSyncState;
  /** Hear every event of the followed sync as it comes, to refresh other data by it. */
  onEvent(listener: (event: SyncEvent) => void): () => void;
  /** Start a sync and follow it; the running one when there is one. Rejects with CharacterSyncError. */
  startSync(gameVersion: string, options?: StartSyncOptions): Promise<StartedSync>;
  /** Follow a sync that was started elsewhere. */
  joinSession(sessionId: string): void;
  /** Ask the service to stop the followed sync. Rejects with CharacterSyncError. */
  cancel(): Promise<void>;
  /** Sync the failed and skipped characters of the followed sync again, and follow that. Rejects with CharacterSyncError. */
  retry(): Promise<StartedSync>;
  /** Follow nothing and forget what was known. The sync itself goes on. */
  reset(): void;
  /** Let go of everything at once. A later `subscribe` begins anew. */
  dispose(): void;
}

/** Make a client. Nothing is opened before the first `subscribe`. */
export function createCharacterSyncClient(options: CharacterSyncClientOptions = {}): CharacterSyncClient {
  const request = serviceRequest(options);
  const { after, stop } = namedTimers<'silence' | 'linger' | 'reconnect'>(options.timers);

  let state: CharacterSyncState = IDLE;
  const listeners = new Set<() => void>();
  const eventListeners = new Set<(event: SyncEvent) => void>();
  let socket: SyncSocket | null = null;
  // What was begun under an older number is no longer wanted when it comes back.
  let generation = 0;
  let waiting: SyncEvent[] | null = null;
  let fetching: AbortController | null = null;
  let failures = 0;

  function dispatch(action: CharacterSyncAction): void {
    const next = characterSyncReducer(state, action);
    if (next === state) return;
    state = next;
    for (const listener of [...listeners]) listener();
  }

  // Following a sync

  function isFollowing(): boolean {
    if (state.sessionId === null || listeners.size === 0) return false;
    return state.progress === null || !isFinal(state.progress.status);
  }

  /** Whether there is more to hear without the player doing something about it. */
  function isHopeful(): boolean {
    return isFollowing() && state.errorIn !== 'session';
  }

  function follow(sessionId: string, known: { gameVersion?: string; totalCharacters?: number } = {}): void {
    const left = state.sessionId;
    letGo();
    dispatch({ type: 'follow', sessionId, ...known });
    if (listeners.size === 0) return;
    if (left !== null && left !== sessionId && socket?.connected) socket.emit('leave-session', { sessionId: left });
    if (socket !== null && !socket.connected && !socket.active) socket.connect();
    join();
    listen();
  }

  /** Drop whatever is under way for what was followed until now. */
  function letGo(): void {
    generation += 1;
    waiting = null;
    failures = 0;
    fetching?.abort();
    fetching = null;
    stop('silence');
  }

  function join(): void {
    const sessionId = state.sessionId;
    if (!isFollowing() || sessionId === null || !socket?.connected) return;
    const joined = generation;
    waiting = [];
    socket.timeout(ACK_TIMEOUT_MS).emit('join-session', { sessionId }, (late: Error | null, ack?: JoinAck) => {
      if (joined !== generation) return;
      const events = waiting ?? [];
      waiting = null;
      if (ack?.ok) hear(ack.snapshot);
      else if (!late && ack?.error.code === 'not_found') failed({ error: ack.error.message, errorCode: 'not_found' });
      else void fetchSnapshot();
      for (const event of events) dispatch({ type: 'event', event });
      listen();
    });
  }

  function hear(snapshot: SyncSnapshot): void {
    failures = 0;
    dispatch({ type: 'snapshot', snapshot });
  }

  function failed(trouble: Trouble): void {
    if (state.sessionId !== null) dispatch({ type: 'trouble', sessionId: state.sessionId, trouble });
  }

  /** Wait for the next word, and fetch the state when it does not come. */
  function listen(): void {
    stop('silence');
    if (!isHopeful()) return;
    const patience = socket?.connected ? SILENCE_MS : SILENCE_OFFLINE_MS;
    after('silence', Math.min(patience * 2 ** failures, SILENCE_MAX_MS), () => void fetchSnapshot());
  }

  async function fetchSnapshot(): Promise<void> {
    if (!isFollowing() || fetching !== null) return;
    const begun = generation;
    const abort = new AbortController();
    fetching = abort;
    let snapshot: SyncSnapshot | null = null;
    let refused: CharacterSyncError | null = null;
    try {
      snapshot = await request<SyncSnapshot>('GET', sessionPath(), undefined, abort.signal);
    } catch (error) {
      refused = error as CharacterSyncError;
    }
    if (begun !== generation) return;
    fetching = null;
    const wasLost = state.errorIn === 'session';
    if (snapshot !== null) {
      hear(snapshot);
      if (wasLost) join();
    } else if (refused !== null && isFutile(refused.status)) failed(troubleOf(refused));
    else failures += 1;
    listen();
  }

  function sessionPath(): string {
    return `/api/v1/sync-sessions/${encodeURIComponent(state.sessionId ?? '')}`;
  }

  // The socket

  function onConnect(): void {
    stop('reconnect');
    dispatch({ type: 'connection', isConnected: true });
    join();
    listen();
  }

  function onDisconnect(): void {
    dispatch({ type: 'connection', isConnected: false });
    waiting = null;
    comeBack();
    listen();
  }

  function onConnectError(): void {
    dispatch({ type: 'connection', isConnected: false });
    comeBack();
    // Says why, when the service refused us.
    if (socket !== null && !socket.active) void fetchSnapshot();
  }

  function comeBack(): void {
    if (socket === null || socket.active || !isHopeful()) return;
    after('reconnect', RECONNECT_MS, () => {
      if (isHopeful() && !socket?.active) socket?.connect();
    });
  }

  function onEvent(event: SyncEvent): void {
    if (event.data.sessionId !== state.sessionId) return;
    if (waiting !== null) waiting.push(event);
    else dispatch({ type: 'event', event });
    for (const listener of [...eventListeners]) listener(event);
    listen();
  }

  const handlers: Record<string, (...args: any[]) => void> = {
    connect: onConnect,
    disconnect: onDisconnect,
    connect_error: onConnectError,
    'sync-progress': (data: SyncProgressEvent) => onEvent({ name: 'sync-progress', data }),
    'sync-complete': (data: SyncProgressEvent) => onEvent({ name: 'sync-complete', data }),
    'sync-error': (data: SyncErrorEvent) => onEvent({ name: 'sync-error', data }),
  };

  function onVisibility(): void {
    if (document.visibilityState !== 'visible' || !isFollowing()) return;
    if (socket !== null && !socket.active && !socket.connected) socket.connect();
    void fetchSnapshot();
  }

  function open(): void {
    stop('linger');
    if (socket !== null) return;
    socket = serviceSocket(options);
    for (const [name, handler] of Object.entries(handlers)) socket.on(name, handler);
    if (typeof document !== 'undefined') document.addEventListener('visibilitychange', onVisibility);
    socket.connect();
    listen();
  }

  function close(): void {
    stop('linger');
    stop('reconnect');
    stop('silence');
    fetching?.abort();
    fetching = null;
    waiting = null;
    if (socket === null) return;
    for (const [name, handler] of Object.entries(handlers)) socket.off(name, handler);
    if (typeof document !== 'undefined') document.removeEventListener('visibilitychange', onVisibility);
    socket.disconnect();
    socket = null;
    generation += 1;
    dispatch({ type: 'connection', isConnected: false });
  }

  // What the player asks for

  async function begin(
    ask: () => Promise<SyncStarted>,
    known: { gameVersion?: string },
    active: (error: CharacterSyncError) => string | null | undefined,
  ): Promise<StartedSync> {
    starts += 1;
    const asked = starts;
    dispatch({ type: 'starting' });
    try {
      const { sessionId, syncedCharacters } = await ask();
      if (asked === starts) follow(sessionId, { ...known, totalCharacters: syncedCharacters });
      return { sessionId, syncedCharacters };
    } catch (error) {
      const refused = error as CharacterSyncError;
      const running = active(refused);
      if (!running) {
        if (asked === starts) dispatch({ type: 'startFailed', trouble: troubleOf(refused) });
        throw refused;
      }
      if (asked === starts) follow(running);
      return { sessionId: running, syncedCharacters: 0 };
    }
  }
  let starts = 0;

  const runningSync = (error: CharacterSyncError): string | null | undefined =>
    error.code === 'sync_already_active' ? error.problem.activeSessionId : null;

  return {
    subscribe(listener) {
      // Each call is its own subscription, even of the same function.
      const own = (): void => listener();
      const first = listeners.size === 0;
      listeners.add(own);
      if (first) {
        open();
        if (socket?.connected) join();
        listen();
      }
      return () => {
        if (!listeners.delete(own) || listeners.size > 0) return;
        stop('silence');
        after('linger', LINGER_MS, close);
      };
    },
    getSnapshot: () => state,
    getServerSnapshot: () => IDLE,
    onEvent(listener) {
      eventListeners.add(listener);
      return () => void eventListeners.delete(listener);
    },
    startSync(gameVersion, { region } = {}) {
      const body = region === undefined ? { gameVersion } : { gameVersion, region };
      return begin(() => request<SyncStarted>('POST', '/api/v1/characters/sync', body), { gameVersion }, runningSync);
    },
    joinSession(sessionId) {
      starts += 1;
      if (sessionId === state.sessionId && !state.isStarting && state.errorIn !== 'session') return;
      follow(sessionId);
    },
    async cancel() {
      const begun = generation;
      const snapshot = await request<SyncSnapshot>('POST', `${sessionPath()}/cancel`);
      if (begun === generation) hear(snapshot);
    },
    retry() {
      const gameVersion = state.progress?.gameVersion;
      const path = `${sessionPath()}/retry`;
      return begin(
        () => request<SyncStarted>('POST', path),
        gameVersion === undefined ? {} : { gameVersion },
        runningSync,
      );
    },
    reset() {
      starts += 1;
      const left = state.sessionId;
      letGo();
      dispatch({ type: 'reset' });
      if (left !== null && socket?.connected) socket.emit('leave-session', { sessionId: left });
    },
    dispose() {
      starts += 1;
      listeners.clear();
      eventListeners.clear();
      letGo();
      close();
      state = IDLE;
    },
  };
}

/** Whether asking again would get the same answer. */
function isFutile(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

function troubleOf(error: CharacterSyncError): Trouble {
  return { error: error.message, errorCode: error.code, signInUrl: error.problem.signInUrl };
}

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { CharacterSyncError, IDLE, isComplete, isSyncing, type CharacterSyncClient } from '../src/client.js';
import { FakeService, OTHER, progressEvent, SESSION, snapshot } from './fakes.js';

let service: FakeService;
let client: CharacterSyncClient;

beforeEach(() => {
  vi.useFakeTimers();
  service = new FakeService();
  client = service.client();
});

afterEach(() => {
  client.dispose();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);
const progress = () => client.getSnapshot().progress;

function connected(): () => void {
  const stop = client.subscribe(() => {});
  service.socket.accept();
  return stop;
}

async function joined(over = {}): Promise<void> {
  connected();
  client.joinSession(SESSION);
  service.socket.joins.at(-1)!.ack!(null, { ok: true, snapshot: snapshot(over) });
  await settle();
}

function setVisibility(state: string): void {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state as DocumentVisibilityState);
  document.dispatchEvent(new Event('visibilitychange'));
}

describe('the connection', () => {
  it('is opened for the first subscriber and closed a second after the last', async () => {
    expect(service.sockets).toHaveLength(0);
    const first = client.subscribe(() => {});
    const second = client.subscribe(() => {});
    first();
    second();
    await vi.advanceTimersByTimeAsync(900);
    const third = client.subscribe(() => {});
    await vi.advanceTimersByTimeAsync(5_000);
    expect(service.connects).toBe(1);
    expect(service.socket.active).toBe(true);
    third();
    third();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(service.socket.active).toBe(false);
    expect(service.socket.listenerCount).toBe(0);
  });

  it('uses WebSocket only, and a fresh token each time', async () => {
    let given = 0;
    client = service.client({ token: async () => `cs_${(given += 1)}` });
    client.subscribe(() => {});
    expect(service.socketOptions[0]).toMatchObject({ transports: ['websocket'], autoConnect: false, path: '/socket.io' });
    const tell = vi.fn();
    service.socketOptions[0]!.auth(tell);
    await settle();
    service.socketOptions[0]!.auth(tell);
    await settle();
    expect(tell.mock.calls).toEqual([[{ token: 'cs_1' }], [{ token: 'cs_2' }]]);
  });

  it('says whether it is there', () => {
    connected();
    expect(client.getSnapshot().isConnected).toBe(true);
    service.socket.drop();
    expect(client.getSnapshot().isConnected).toBe(false);
  });

  it('is tried again when the service closed it', async () => {
    await joined();
    service.socket.drop({ active: false });
    expect(service.connects).toBe(1);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(service.connects).toBe(2);
  });

  it('joins on every connect', async () => {
    await joined();
    service.socket.drop();
    service.socket.accept();
    service.socket.drop();
    service.socket.accept();
    expect(service.socket.joins.map(({ data }) => data)).toEqual(Array(3).fill({ sessionId: SESSION }));
  });
});

describe('following', () => {
  it('keeps events until the join is answered, then takes what is newer', async () => {
    connected();
    client.joinSession(SESSION);
    service.socket.tell('sync-progress', progressEvent({ seq: 4, processedCharacters: 1 }));
    service.socket.tell('sync-progress', progressEvent({ seq: 6, processedCharacters: 4 }));
    expect(progress()).toBeNull();
    service.socket.joins[0]!.ack!(null, { ok: true, snapshot: snapshot({ seq: 5, processedCharacters: 3 }) });
    expect(progress()).toMatchObject({ seq: 6, processedCharacters: 4 });
  });

  it('fetches the state after ten seconds of silence, and not before', async () => {
    await joined();
    await vi.advanceTimersByTimeAsync(6_000);
    service.socket.tell('sync-progress', progressEvent({ seq: 6 }));
    await vi.advanceTimersByTimeAsync(9_900);
    expect(service.calls).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(200);
    expect(service.call.url).toBe(`http://sync.test/api/v1/sync-sessions/${SESSION}`);
    service.call.answer(200, snapshot({ seq: 20, status: 'completed', processedCharacters: 6, progressPercentage: 100 }));
    await settle();
    expect(isComplete(client.getSnapshot())).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(service.calls).toHaveLength(1);
  });

  it('goes on without a socket, and slower where the service does not answer', async () => {
    client.subscribe(() => {});
    client.joinSession(SESSION);
    await vi.advanceTimersByTimeAsync(3_000);
    service.call.fail();
    await settle();
    await vi.advanceTimersByTimeAsync(5_900);
    expect(service.calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(service.calls).toHaveLength(2);
    expect(client.getSnapshot().error).toBeNull();
    service.call.answer(200, snapshot());
    await settle();
    expect(progress()?.processedCharacters).toBe(3);
  });

  it('fetches the state when the tab is looked at again', async () => {
    await joined();
    setVisibility('hidden');
    expect(service.calls).toHaveLength(0);
    setVisibility('visible');
    await settle();
    expect(service.calls).toHaveLength(1);
  });

  it('fetches the state when the join is not answered', async () => {
    connected();
    client.joinSession(SESSION);
    service.socket.joins[0]!.ack!(new Error('timeout'));
    await settle();
    expect(service.calls).toHaveLength(1);
  });

  it('says why the socket was refused', async () => {
    client.subscribe(() => {});
    client.joinSession(SESSION);
    service.socket.refuse();
    await settle();
    service.call.answer(401, { code: 'unauthenticated', detail: 'Sign in first.' });
    await settle();
    expect(client.getSnapshot()).toMatchObject({ error: 'Sign in first.', errorCode: 'unauthenticated' });
    expect(isSyncing(client.getSnapshot())).toBe(false);
  });

  it('asks again when the tab is looked at again after a refusal, and joins', async () => {
    client.subscribe(() => {});
    client.joinSession(SESSION);
    service.socket.refuse();
    await settle();
    service.call.answer(401, { code: 'unauthenticated', detail: 'Sign in first.' });
    await settle();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([service.connects, service.calls.length]).toEqual([1, 1]);
    setVisibility('visible');
    service.socket.accept();
    await settle();
    service.call.answer(200, snapshot());
    await settle();
    expect(client.getSnapshot()).toMatchObject({ error: null, progress: { processedCharacters: 3 } });
    expect(service.socket.joins.length).toBeGreaterThan(0);
  });

  it('leaves the service alone when it was refused and nothing is followed', async () => {
    client.subscribe(() => {});
    service.socket.refuse();
    await vi.advanceTimersByTimeAsync(120_000);
    expect([service.connects, service.calls.length]).toEqual([1, 0]);
    client.joinSession(SESSION);
    expect(service.connects).toBe(2);
  });

  it('fetches the state when the service could not let it join', async () => {
    connected();
    client.joinSession(SESSION);
    service.socket.joins[0]!.ack!(null, { ok: false, error: { code: 'internal_error', message: 'Oops.' } });
    await settle();
    expect(client.getSnapshot().error).toBeNull();
    expect(service.calls).toHaveLength(1);
  });

  it('finds the state again after everyone looked away', async () => {
    const stop = connected();
    client.joinSession(SESSION);
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(service.calls).toHaveLength(0);
    connected();
    expect(service.sockets).toHaveLength(2);
    service.socket.joins[0]!.ack!(null, { ok: true, snapshot: snapshot() });
    expect(progress()?.processedCharacters).toBe(3);
  });

  it('says that there is no such sync', () => {
    connected();
    client.joinSession(SESSION);
    service.socket.joins[0]!.ack!(null, { ok: false, error: { code: 'not_found', message: 'No such sync.' } });
    expect(client.getSnapshot()).toMatchObject({ error: 'No such sync.', errorCode: 'not_found' });
  });

  it('leaves one sync for another, and hears no more of it', async () => {
    await joined();
    client.joinSession(OTHER);
    expect(service.socket.sent.map(({ event }) => event)).toEqual(['join-session', 'leave-session', 'join-session']);
    service.socket.joins[0]!.ack!(null, { ok: true, snapshot: snapshot() });
    expect(progress()).toBeNull();
  });

  it('stays where it is when told to join what it follows', async () => {
    await joined();
    const before = client.getSnapshot();
    client.joinSession(SESSION);
    expect(client.getSnapshot()).toBe(before);
  });

  it('passes every event on', async () => {
    await joined();
    const heard = vi.fn();
    const stop = client.onEvent(heard);
    service.socket.tell('sync-complete', progressEvent({ seq: 9, status: 'completed' }));
    stop();
    expect(heard).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ name: 'sync-complete' }));
  });
});

describe('starting', () => {
  it('asks the service and follows what it began', async () => {
    connected();
    const started = client.startSync('retail', { region: 'eu' });
    expect(isSyncing(client.getSnapshot())).toBe(true);
    await settle();
    expect(service.call).toMatchObject({ method: 'POST', url: 'http://sync.test/api/v1/characters/sync' });
    expect(JSON.parse(String(service.call.init.body))).toEqual({ gameVersion: 'retail', region: 'eu' });
    service.call.answer(202, { message: 'Character sync started', sessionId: SESSION, syncedCharacters: 6 });
    await expect(started).resolves.toEqual({ sessionId: SESSION, syncedCharacters: 6 });
    expect(progress()).toMatchObject({ status: 'pending', totalCharacters: 6 });
    expect(service.socket.joins).toHaveLength(1);
  });

  it('joins the sync that already runs', async () => {
    connected();
    const started = client.startSync('retail');
    await settle();
    service.call.answer(409, { code: 'sync_already_active', detail: 'Running.', activeSessionId: SESSION });
    await expect(started).resolves.toMatchObject({ sessionId: SESSION });
    expect(client.getSnapshot()).toMatchObject({ sessionId: SESSION, error: null, isStarting: false });
    expect(service.socket.joins[0]!.data).toEqual({ sessionId: SESSION });
  });

  it('rejects and says what else is wrong', async () => {
    connected();
    const started = client.startSync('retail');
    const refused = expect(started).rejects.toBeInstanceOf(CharacterSyncError);
    await settle();
    service.call.answer(409, { code: 'battle_net_token_invalid', detail: 'Sign in again.', signInUrl: '/auth' });
    await refused;
    expect(client.getSnapshot()).toMatchObject({
      error: 'Sign in again.',
      errorCode: 'battle_net_token_invalid',
      signInUrl: '/auth',
      isStarting: false,
    });
  });

  it('says that the service cannot be reached', async () => {
    const started = client.startSync('retail');
    const refused = expect(started).rejects.toMatchObject({ code: 'unreachable', status: 0 });
    await settle();
    service.call.fail();
    await refused;
    expect(client.getSnapshot().errorCode).toBe('unreachable');
  });

  it('drops what comes back after a reset', async () => {
    connected();
    const started = client.startSync('retail');
    await settle();
    client.reset();
    service.call.answer(202, { message: '', sessionId: SESSION, syncedCharacters: 6 });
    await expect(started).resolves.toMatchObject({ sessionId: SESSION });
    expect(client.getSnapshot()).toEqual({ ...IDLE, isConnected: true });
    expect(service.socket.joins).toHaveLength(0);
  });

  it('drops a snapshot and an event that come after a reset', async () => {
    await joined();
    setVisibility('visible');
    await settle();
    const { call } = service;
    client.reset();
    call.answer(200, snapshot({ seq: 30 }));
    service.socket.tell('sync-progress', progressEvent({ seq: 31 }));
    await settle();
    expect(client.getSnapshot()).toEqual({ ...IDLE, isConnected: true });
    expect(call.init.signal?.aborted).toBe(true);
  });

  it('sends the token and not the cookie', async () => {
    client = service.client({ token: 'cs_secret' });
    void client.startSync('retail').catch(() => {});
    await settle();
    expect(service.call.init).toMatchObject({ credentials: 'omit', headers: { Authorization: 'Bearer cs_secret' } });
  });

  it('cancels and retries the followed sync', async () => {
    await joined();
    const cancelled = client.cancel();
    await settle();
    expect(service.call.url).toBe(`http://sync.test/api/v1/sync-sessions/${SESSION}/cancel`);
    service.call.answer(202, snapshot({ seq: 8, status: 'cancelled' }));
    await cancelled;
    expect(progress()?.status).toBe('cancelled');
    const retried = client.retry();
    await settle();
    expect(service.call.url).toBe(`http://sync.test/api/v1/sync-sessions/${SESSION}/retry`);
    service.call.answer(202, { message: '', sessionId: OTHER, syncedCharacters: 2 });
    await retried;
    expect(progress()).toMatchObject({ sessionId: OTHER, totalCharacters: 2, gameVersion: 'retail' });
  });
});

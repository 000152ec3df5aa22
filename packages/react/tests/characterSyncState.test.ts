import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  characterSyncReducer,
  IDLE,
  isComplete,
  isSyncing,
  type CharacterSyncAction,
  type CharacterSyncState,
  type SyncEvent,
  type SyncSnapshot,
} from '../src/client.js';
import { RECENT_CHARACTERS } from '../src/characterSyncState.js';
import { OTHER, progressEvent, SESSION, snapshot } from './fakes.js';

function after(...actions: CharacterSyncAction[]): CharacterSyncState {
  return actions.reduce(characterSyncReducer, IDLE);
}

const follow: CharacterSyncAction = { type: 'follow', sessionId: SESSION };
const heard = (over = {}, name: 'sync-progress' | 'sync-complete' = 'sync-progress'): CharacterSyncAction => ({
  type: 'event',
  event: { name, data: progressEvent(over) },
});
const current = { id: 'a', name: 'Pallywar', realm: 'old-blanchy', realmName: 'Old Blanchy', status: 'processing' };

describe('the state', () => {
  it('ignores what is not newer', () => {
    const state = after(follow, heard({ seq: 5 }));
    expect(characterSyncReducer(state, heard({ seq: 5, processedCharacters: 1 }))).toBe(state);
    expect(characterSyncReducer(state, heard({ seq: 4, processedCharacters: 1 }))).toBe(state);
    expect(characterSyncReducer(state, heard({ seq: 6, processedCharacters: 4 })).progress?.processedCharacters).toBe(4);
  });

  it('ignores another sync', () => {
    const state = after(follow);
    expect(characterSyncReducer(state, heard({ sessionId: OTHER }))).toBe(state);
    expect(characterSyncReducer(state, { type: 'snapshot', snapshot: snapshot({ sessionId: OTHER }) })).toBe(state);
  });

  it('knows why a sync stands still, until it goes on or ends', () => {
    const paused = { region: 'eu', namespace: 'profile-eu', endpoint: 'equipment', until: '2026-11-26T14:05:00.000Z' };
    const state = after(follow, heard({ seq: 5, paused }));
    expect(state.progress?.paused).toEqual({ endpoint: 'equipment', until: paused.until });
    expect(after(follow, { type: 'snapshot', snapshot: snapshot({ paused }) }).progress?.paused).toEqual(state.progress?.paused);
    expect(characterSyncReducer(state, heard({ seq: 6 })).progress).not.toHaveProperty('paused');
    const failed: SyncEvent = { name: 'sync-error', data: { sessionId: SESSION, seq: 7, error: 'Too long.', code: 'deadline' } };
    expect(characterSyncReducer(state, { type: 'event', event: failed }).progress).not.toHaveProperty('paused');
  });

  it('stays ended', () => {
    const state = after(follow, heard({ seq: 9, status: 'completed' }, 'sync-complete'));
    expect(characterSyncReducer(state, heard({ seq: 10 }))).toBe(state);
    expect(characterSyncReducer(state, { type: 'snapshot', snapshot: snapshot({ seq: 11 }) })).toBe(state);
    expect(isComplete(state)).toBe(true);
    expect(isSyncing(state)).toBe(false);
  });

  it('takes names from an old snapshot and nothing else', () => {
    const listed = [
      { ...current, jobId: 1, attempts: 0, status: 'pending' },
      { id: 'b', name: 'Ñandú', realm: 'ysera', status: 'pending', jobId: 2, attempts: 0 },
    ];
    const old = snapshot({ seq: 1, processedCharacters: 0, characters: listed });
    const state = after(follow, heard({ seq: 5, currentCharacter: current }), { type: 'snapshot', snapshot: old });
    expect(state.progress?.processedCharacters).toBe(3);
    expect(state.progress?.characters.map(({ id, status }) => [id, status])).toEqual([
      ['a', 'processing'],
      ['b', 'pending'],
    ]);
  });

  it('keeps the latest names, newest first and each once', () => {
    const state = after(
      follow,
      heard({ seq: 1, currentCharacter: current }),
      heard({ seq: 2, currentCharacter: { ...current, id: 'b', name: 'Other' } }),
      heard({ seq: 3, currentCharacter: { ...current, status: 'failed', reason: 'not_found' } }),
    );
    expect(state.progress?.recentCharacters.map(({ id, status }) => [id, status])).toEqual([
      ['a', 'failed'],
      ['b', 'processing'],
    ]);
  });

  it('fills the latest names with those it never heard of by themselves, the last worked first', () => {
    const listed = ['completed', 'failed', 'processing', 'pending', 'cancelled'].map((status, n) => ({
      ...{ id: `${n}`, name: `Name${n}`, realm: 'ysera', status },
      ...{ jobId: n, attempts: 0 },
    }));
    const joinedLate = after(follow, { type: 'snapshot', snapshot: snapshot({ seq: 5, characters: listed }) });
    expect(joinedLate.progress?.recentCharacters.map(({ id }) => id)).toEqual(['2', '1', '0']);
    const heardOne = after(follow, heard({ seq: 5, currentCharacter: { ...current, id: '1', status: 'failed' } }));
    for (const seq of [4, 5]) {
      const gap: CharacterSyncAction = { type: 'snapshot', snapshot: snapshot({ seq, characters: listed }) };
      expect(characterSyncReducer(heardOne, gap).progress?.recentCharacters.map(({ id }) => id)).toEqual(['1', '2', '0']);
    }
  });

  it('says why the sync as a whole failed', () => {
    const data = { sessionId: SESSION, error: 'Battle.net is down.', code: 'battle_net_unavailable', seq: 7 };
    const state = after(follow, heard(), { type: 'event', event: { name: 'sync-error', data } });
    expect(state).toMatchObject({ error: data.error, errorCode: data.code, progress: { status: 'failed' } });
    expect(isSyncing(state)).toBe(false);
  });

  it('is syncing from the start of the start', () => {
    expect(isSyncing(after({ type: 'starting' }))).toBe(true);
    expect(isSyncing(after(follow))).toBe(true);
    expect(isSyncing(after({ type: 'startFailed', trouble: { error: 'No.', errorCode: 'no' } }))).toBe(false);
  });

  it('keeps the trouble of a start while another sync goes on', () => {
    const no: CharacterSyncAction = { type: 'startFailed', trouble: { error: 'No.', errorCode: 'no' } };
    expect(after(follow, heard(), no, heard({ seq: 6 })).error).toBe('No.');
    const trouble: CharacterSyncAction = {
      type: 'trouble',
      sessionId: SESSION,
      trouble: { error: 'Who?', errorCode: 'unauthenticated' },
    };
    expect(after(follow, trouble, { type: 'snapshot', snapshot: snapshot() }).error).toBeNull();
  });

  it('is the same object after a reset of nothing', () => {
    expect(characterSyncReducer(IDLE, { type: 'reset' })).toBe(IDLE);
  });
});

/** A sync as the service would tell it: every event, and the snapshot of its last moment. */
function history(outcomes: ('completed' | 'skipped' | 'failed')[], end: 'running' | 'completed' | 'cancelled' | 'failed') {
  const events: SyncEvent[] = [];
  const characters = outcomes.map((_, n) => ({
    id: `c${n}`,
    name: `Name${n}`,
    realm: 'realm',
    status: 'pending',
    jobId: n,
    attempts: 0,
  }));
  const total = outcomes.length;
  const counters = { totalCharacters: total, processedCharacters: 0, failedCharacters: 0, skippedCharacters: 0 };
  let seq = 0;
  const tell = (status: string, about?: number): void => {
    seq += 1;
    const percentage = total === 0 ? 100 : Math.floor((100 * counters.processedCharacters) / total);
    const data = progressEvent({ ...counters, status, progressPercentage: percentage, seq });
    if (about !== undefined) {
      const { id, name, realm, status: now } = characters[about]!;
      data.currentCharacter = { id, name, realm, status: now };
    }
    events.push({ name: status === 'processing' ? 'sync-progress' : 'sync-complete', data });
  };
  outcomes.forEach((outcome, n) => {
    characters[n]!.status = 'processing';
    tell('processing', n);
    characters[n]!.status = outcome;
    counters.processedCharacters += 1;
    if (outcome === 'failed') counters.failedCharacters += 1;
    if (outcome === 'skipped') counters.skippedCharacters += 1;
    tell('processing', n);
  });
  if (end === 'failed') {
    seq += 1;
    events.push({ name: 'sync-error', data: { sessionId: SESSION, error: 'Broken.', code: 'broken', seq } });
  } else if (end !== 'running') tell(end);
  const last: SyncSnapshot = snapshot({
    ...counters,
    status: end === 'running' ? 'processing' : end,
    progressPercentage: total === 0 ? 100 : Math.floor((100 * counters.processedCharacters) / total),
    seq,
    characters,
    ...(end === 'failed' ? { error: 'Broken.', code: 'broken' } : {}),
  });
  return { events, last };
}

describe('whatever becomes of the events', () => {
  const outcomes = fc.array(fc.constantFrom('completed' as const, 'skipped' as const, 'failed' as const), {
    maxLength: 12,
  });
  const ends = fc.constantFrom('running' as const, 'completed' as const, 'cancelled' as const, 'failed' as const);
  const scenario = fc.tuple(outcomes, ends).chain(([all, end]) => {
    const { events, last } = history(all, end);
    const some: fc.Arbitrary<SyncEvent[]> =
      events.length === 0 ? fc.constant([]) : fc.array(fc.constantFrom(...events), { maxLength: 40 });
    return fc.record({ heardEvents: some, last: fc.constant(last), known: fc.boolean() });
  });

  it('one snapshot brings the state to the service’s', () => {
    fc.assert(
      fc.property(scenario, ({ heardEvents, last, known }) => {
        const begin: CharacterSyncAction = known ? { ...follow, gameVersion: 'retail', totalCharacters: 6 } : follow;
        const before = heardEvents.reduce<CharacterSyncState>(
          (state, event) => characterSyncReducer(state, { type: 'event', event }),
          characterSyncReducer(IDLE, begin),
        );
        const state = characterSyncReducer(before, { type: 'snapshot', snapshot: last });
        const { characters, region: _r, kind: _k, startedAt: _s, error, code, ...counters } = last;
        expect(state.progress).toMatchObject(counters);
        expect(state.progress?.characters).toEqual(
          characters.map(({ id, name, realm, status }) => ({ id, name, realm, status })),
        );
        expect(state).toMatchObject({ error: error ?? null, errorCode: code ?? null });
        expect(isSyncing(state)).toBe(last.status === 'processing');
        // And what comes late after it changes nothing.
        for (const event of heardEvents) expect(characterSyncReducer(state, { type: 'event', event })).toBe(state);
        // Names shown live are as the snapshot says, and as many as there is room for.
        const latest = state.progress!.recentCharacters;
        for (const one of latest) expect(state.progress!.characters).toContainEqual(one);
        const worked = characters.filter(({ status }) => status !== 'pending').length;
        expect(new Set(latest.map(({ id }) => id)).size).toBe(Math.min(worked, RECENT_CHARACTERS));
      }),
      { numRuns: 300 },
    );
  });

  it('seq never goes back and an end is never taken back', () => {
    fc.assert(
      fc.property(scenario, ({ heardEvents }) => {
        let state = characterSyncReducer(IDLE, follow);
        for (const event of heardEvents) {
          const next = characterSyncReducer(state, { type: 'event', event });
          expect(next.progress!.seq).toBeGreaterThanOrEqual(state.progress?.seq ?? -1);
          if (state.progress && !isSyncing(state)) expect(next).toBe(state);
          state = next;
        }
      }),
      { numRuns: 200 },
    );
  });
});

/**
 * What is known of a sync, and how each thing heard changes it. Pure: no clock, no network.
 *
 * Within a sync `seq` only grows, so what is not newer is ignored; whatever is lost, doubled or out of order, one
 * snapshot brings the state to the service's. A sync that has ended stays ended.
 */
import type { SyncEvent, SyncProgressEvent, SyncSnapshot } from './wire.js';

/** How many of the latest names are kept for the live list. */
export const RECENT_CHARACTERS: number = 8;

/** One character of the sync as last heard of. `realm` is the realm slug; `realmName` is missing where Battle.net gave none. */
export interface CharacterProgress {
  id: string;
  name: string;
  realm: string;
  realmName?: string;
  status: string;
  reason?: string;
}

/** `endpoint` is a facet's name; `until` is when that part is tried again, and left out where an operator decides that. */
export interface SyncPause {
  endpoint: string;
  until?: string;
}

/** How a sync goes: what `<CharacterSyncProgress>` shows. */
export interface SyncProgress {
  sessionId: string;
  /** `pending`, `processing`, `completed`, `cancelled` or `failed`. */
  status: string;
  gameVersion: string;
  totalCharacters: number;
  processedCharacters: number;
  failedCharacters: number;
  skippedCharacters: number;
  /** 0 to 100. */
  progressPercentage: number;
  /** Higher is newer; -1 until the service has said anything. */
  seq: number;
  currentCharacter?: CharacterProgress;
  etaSeconds?: number;
  /** Why it stands still: a part of Battle.net is in trouble. It goes on by itself. */
  paused?: SyncPause;
  /** Why the sync as a whole failed, for the player. */
  error?: string;
  /** Every character heard of, in the order they are worked. */
  characters: readonly CharacterProgress[];
  /** The characters last worked, newest first. */
  recentCharacters: readonly CharacterProgress[];
}

export interface CharacterSyncState {
  /** The sync that is followed. */
  readonly sessionId: string | null;
  readonly progress: SyncProgress | null;
  /** What went wrong, for the player. */
  readonly error: string | null;
  /** Its stable code, for programs. */
  readonly errorCode: string | null;
  /** Where to sign in again, when that would help. */
  readonly signInUrl: string | null;
  /** What failed: to start a sync, or the sync that is followed. */
  readonly errorIn: 'start' | 'session' | null;
  readonly isConnected: boolean;
  /** A sync has been asked for and the service has not answered yet. */
  readonly isStarting: boolean;
}

/** What went wrong, in the service's words. */
export interface Trouble {
  error: string;
  errorCode: string;
  signInUrl?: string | null | undefined;
}

export type CharacterSyncAction =
  | { type: 'starting' }
  | { type: 'startFailed'; trouble: Trouble }
  | { type: 'follow'; sessionId: string; gameVersion?: string; totalCharacters?: number }
  | { type: 'event'; event: SyncEvent }
  | { type: 'snapshot'; snapshot: SyncSnapshot }
  | { type: 'trouble'; sessionId: string; trouble: Trouble }
  | { type: 'connection'; isConnected: boolean }
  | { type: 'reset' };

/** Nothing is followed and nothing is known. The same object always. */
export const IDLE: CharacterSyncState = Object.freeze({
  sessionId: null,
  progress: null,
  error: null,
  errorCode: null,
  signInUrl: null,
  errorIn: null,
  isConnected: false,
  isStarting: false,
});

const FINAL = new Set(['completed', 'cancelled', 'failed']);

/** Tell whether a sync's status is its last. */
export function isFinal(status: string): boolean {
  return FINAL.has(status);
}

/** Tell whether a sync is being started or runs. */
export function isSyncing(state: CharacterSyncState): boolean {
  if (state.isStarting) return true;
  if (state.sessionId === null) return false;
  return state.progress === null ? state.error === null : !isFinal(state.progress.status);
}

/** Tell whether the sync has come to its end; failed characters do not keep it from that. */
export function isComplete(state: CharacterSyncState): boolean {
  return !state.isStarting && state.progress?.status === 'completed';
}

/** Return the state after `action`; the same object when nothing changes. */
export function characterSyncReducer(state: CharacterSyncState, action: CharacterSyncAction): CharacterSyncState {
  switch (action.type) {
    case 'starting':
      return { ...state, ...NO_TROUBLE, isStarting: true };
    case 'startFailed':
      return { ...state, ...troubleIn('start', action.trouble), isStarting: false };
    case 'follow':
      return { ...IDLE, isConnected: state.isConnected, sessionId: action.sessionId, progress: begun(action) };
    case 'event':
      return afterEvent(state, action.event);
    case 'snapshot':
      return afterSnapshot(state, action.snapshot);
    case 'trouble':
      return action.sessionId === state.sessionId ? { ...state, ...troubleIn('session', action.trouble) } : state;
    case 'connection':
      return action.isConnected === state.isConnected ? state : { ...state, isConnected: action.isConnected };
    case 'reset':
      return state.isConnected ? { ...IDLE, isConnected: true } : IDLE;
  }
}

const NO_TROUBLE = { error: null, errorCode: null, signInUrl: null, errorIn: null } as const;

type TroubleFields = Pick<CharacterSyncState, keyof typeof NO_TROUBLE>;

function troubleIn(errorIn: 'start' | 'session', { error, errorCode, signInUrl }: Trouble): TroubleFields {
  return { error, errorCode, signInUrl: signInUrl ?? null, errorIn };
}

/** Word of the sync ends the trouble there was in following it. */
function heard(state: CharacterSyncState): Partial<TroubleFields> {
  return state.errorIn === 'session' ? NO_TROUBLE : {};
}

function begun(of: { sessionId: string; gameVersion?: string; totalCharacters?: number }): SyncProgress | null {
  if (of.gameVersion === undefined) return null;
  return {
    sessionId: of.sessionId,
    status: 'pending',
    gameVersion: of.gameVersion,
    totalCharacters: of.totalCharacters ?? 0,
    processedCharacters: 0,
    failedCharacters: 0,
    skippedCharacters: 0,
    progressPercentage: 0,
    seq: -1,
    characters: [],
    recentCharacters: [],
  };
}

function afterEvent(state: CharacterSyncState, event: SyncEvent): CharacterSyncState {
  const { data } = event;
  const before = state.progress;
  if (data.sessionId !== state.sessionId) return state;
  if (before !== null && (data.seq <= before.seq || isFinal(before.status))) return state;
  if (event.name === 'sync-error') {
    const { currentCharacter: _, etaSeconds: __, paused: ___, ...kept } = before ?? begun({ sessionId: data.sessionId, gameVersion: '' })!;
    const { error, code, seq } = event.data;
    const trouble = troubleIn('session', { error, errorCode: code });
    return { ...state, ...trouble, progress: { ...kept, status: 'failed', error, seq } };
  }
  const current = event.data.currentCharacter ? characterOf(event.data.currentCharacter) : undefined;
  const progress: SyncProgress = {
    ...countersOf(event.data),
    characters: before?.characters ?? [],
    recentCharacters: before?.recentCharacters ?? [],
  };
  if (typeof event.data.etaSeconds === 'number') progress.etaSeconds = event.data.etaSeconds;
  const paused = pauseOf(event.data);
  if (paused) progress.paused = paused;
  if (current) {
    progress.currentCharacter = current;
    progress.characters = withCharacter(progress.characters, current);
    progress.recentCharacters = [current, ...progress.recentCharacters.filter(({ id }) => id !== current.id)].slice(
      0,
      RECENT_CHARACTERS,
    );
  }
  return { ...state, ...heard(state), progress };
}

/** A snapshot is the whole truth of its `seq`; only something newer, or the end, stands against it. */
function afterSnapshot(state: CharacterSyncState, snapshot: SyncSnapshot): CharacterSyncState {
  const before = state.progress;
  if (snapshot.sessionId !== state.sessionId) return state;
  if (before !== null && !isFinal(snapshot.status)) {
    if (isFinal(before.status)) return state;
    if (snapshot.seq < before.seq) return withUnheardOf(state, before, snapshot);
  }
  const characters = snapshot.characters.map(characterOf);
  const failed = snapshot.status === 'failed' ? (snapshot.error ?? before?.error ?? 'The sync failed.') : undefined;
  const progress: SyncProgress = {
    ...countersOf(snapshot),
    seq: Math.max(snapshot.seq, before?.seq ?? -1),
    characters,
    recentCharacters: latestOf(before, characters),
  };
  if (failed !== undefined) progress.error = failed;
  if (!isFinal(snapshot.status)) {
    const current = characters.find(({ id }) => id === before?.currentCharacter?.id);
    if (current) progress.currentCharacter = current;
    const paused = pauseOf(snapshot);
    if (paused) progress.paused = paused;
    if (before?.etaSeconds !== undefined) progress.etaSeconds = before.etaSeconds;
  }
  const trouble =
    failed === undefined
      ? heard(state)
      : troubleIn('session', { error: failed, errorCode: snapshot.code ?? ((before?.error && state.errorCode) || 'internal_error') });
  return { ...state, ...trouble, progress };
}

/** Names come with snapshots: even an old one says who else is worked. */
function withUnheardOf(state: CharacterSyncState, before: SyncProgress, old: SyncSnapshot): CharacterSyncState {
  const known = new Map(before.characters.map((character) => [character.id, character]));
  const characters = old.characters.map((character) => known.get(character.id) ?? characterOf(character));
  const listed = new Set(characters.map(({ id }) => id));
  for (const character of before.characters) if (!listed.has(character.id)) characters.push(character);
  return { ...state, ...heard(state), progress: { ...before, characters, recentCharacters: latestOf(before, characters) } };
}

/** Who joins late or missed some sees as many: after those that were told of come the last worked of the others. */
function latestOf(before: SyncProgress | null, all: readonly CharacterProgress[]): CharacterProgress[] {
  const told = (before?.recentCharacters ?? []).flatMap((old) => all.find(({ id }) => id === old.id) ?? []);
  const worked = all.filter(({ status }) => status !== 'pending' && status !== 'cancelled').reverse();
  return [...new Set([...told, ...worked])].slice(0, RECENT_CHARACTERS);
}

function pauseOf({ status, paused }: Pick<SyncProgressEvent, 'status' | 'paused'>): SyncPause | null {
  if (!paused || isFinal(status)) return null;
  return paused.until ? { endpoint: paused.endpoint, until: paused.until } : { endpoint: paused.endpoint };
}

type Counters = Omit<SyncProgressEvent, 'currentCharacter' | 'etaSeconds' | 'paused'>;

function countersOf(from: Counters): Counters {
  return {
    sessionId: from.sessionId,
    status: from.status,
    gameVersion: from.gameVersion,
    totalCharacters: from.totalCharacters,
    processedCharacters: from.processedCharacters,
    failedCharacters: from.failedCharacters,
    skippedCharacters: from.skippedCharacters,
    progressPercentage: from.progressPercentage,
    seq: from.seq,
  };
}

interface HeardCharacter {
  id: string;
  name: string;
  realm: string;
  realmName?: string | null | undefined;
  status: string;
  reason?: string | null | undefined;
}

function characterOf({ id, name, realm, realmName, status, reason }: HeardCharacter): CharacterProgress {
  return { id, name, realm, ...(realmName && { realmName }), status, ...(reason && { reason }) };
}

function withCharacter(characters: readonly CharacterProgress[], one: CharacterProgress): CharacterProgress[] {
  const known = characters.some(({ id }) => id === one.id);
  return known ? characters.map((other) => (other.id === one.id ? one : other)) : [...characters, one];
}

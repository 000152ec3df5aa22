/** The client without React. */
export {
  CharacterSyncError,
  createCharacterSyncClient,
  type CharacterSyncClient,
  type CharacterSyncClientOptions,
  type StartedSync,
  type StartSyncOptions,
  type SyncSocket,
  type SyncSocketFactory,
  type SyncSocketOptions,
  type Timers,
} from './characterSyncClient.js';
export {
  characterSyncReducer,
  IDLE,
  isComplete,
  isFinal,
  isSyncing,
  type CharacterProgress,
  type CharacterSyncAction,
  type CharacterSyncState,
  type SyncProgress,
  type Trouble,
} from './characterSyncState.js';
export type {
  ClientToServerEvents,
  CurrentCharacter,
  JoinAck,
  Problem,
  Reason,
  ServerToClientEvents,
  SyncErrorEvent,
  SyncEvent,
  SyncProgressEvent,
  SyncSnapshot,
  SyncStarted,
} from './wire.js';
export type { components, paths, webhooks } from './generated/schema.js';

/** The client without React. */
export {
  createCharacterSyncClient,
  type CharacterSyncClient,
  type CharacterSyncClientOptions,
  type StartedSync,
  type StartSyncOptions,
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
export type { Timers } from './namedTimers.js';
export { progressBarProps, type ProgressBarProps } from './progressBar.js';
export { CharacterSyncError, serviceRequest, type ServiceOptions, type ServiceRequest, type Token } from './serviceRequest.js';
export type { SocketOptions, SyncSocket, SyncSocketFactory, SyncSocketOptions } from './serviceSocket.js';
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

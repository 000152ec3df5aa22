/** What the service says, named: the generated types, and which Socket.IO event carries which. */
import type { components } from './generated/schema.js';

type Schemas = components['schemas'];

export type SyncProgressEvent = Schemas['SyncProgress'];
export type SyncErrorEvent = Schemas['SyncError'];
export type SyncSnapshot = Schemas['Snapshot'];
export type SyncStarted = Schemas['SyncStarted'];
export type CurrentCharacter = Schemas['CurrentCharacterAnswer'];
export type Reason = Schemas['Reason'];
export type Problem = Schemas['Problem'];

/** One event as it comes, with its name. */
export type SyncEvent =
  | { name: 'sync-progress' | 'sync-complete'; data: SyncProgressEvent }
  | { name: 'sync-error'; data: SyncErrorEvent };

export type JoinAck = { ok: true; snapshot: SyncSnapshot } | { ok: false; error: { code: string; message: string } };

export interface ServerToClientEvents {
  'sync-progress': (data: SyncProgressEvent) => void;
  'sync-complete': (data: SyncProgressEvent) => void;
  'sync-error': (data: SyncErrorEvent) => void;
}

export interface ClientToServerEvents {
  'join-session': (data: { sessionId: string }, ack: (answer: JoinAck) => void) => void;
  'leave-session': (data: { sessionId: string }) => void;
}

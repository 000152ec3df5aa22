'use client';
import { useContext, useMemo, useState, useSyncExternalStore } from 'react';

import {
  createCharacterSyncClient,
  type CharacterSyncClient,
  type CharacterSyncClientOptions,
} from './characterSyncClient.js';
import { isComplete, isSyncing, type SyncProgress } from './characterSyncState.js';
import { CharacterSyncContext } from './CharacterSyncProvider.js';

export interface UseCharacterSync {
  /** How the followed sync goes; null until something is known of one. */
  progress: SyncProgress | null;
  /** What went wrong, for the player. */
  error: string | null;
  isConnected: boolean;
  isSyncing: boolean;
  isComplete: boolean;
  /** Start a sync and follow it; the running one when there is one. Rejects with CharacterSyncError and sets `error`. */
  startSync: CharacterSyncClient['startSync'];
  /** Follow a sync that was started elsewhere. */
  joinSession: CharacterSyncClient['joinSession'];
  /** Follow nothing and forget what was known. */
  reset: CharacterSyncClient['reset'];
}

/**
 * Start and follow a sync. The client is the argument, else the provider's, else one of this component's own, made
 * from the options at its first render.
 */
export function useCharacterSync(from?: CharacterSyncClient | CharacterSyncClientOptions): UseCharacterSync {
  const provided = useContext(CharacterSyncContext);
  const [own] = useState(() => createCharacterSyncClient(isClient(from) ? {} : from));
  const client = isClient(from) ? from : from === undefined ? (provided ?? own) : own;
  const state = useSyncExternalStore(client.subscribe, client.getSnapshot, client.getServerSnapshot);
  return useMemo(
    () => ({
      progress: state.progress,
      error: state.error,
      isConnected: state.isConnected,
      isSyncing: isSyncing(state),
      isComplete: isComplete(state),
      startSync: client.startSync,
      joinSession: client.joinSession,
      reset: client.reset,
    }),
    [client, state],
  );
}

function isClient(from: CharacterSyncClient | CharacterSyncClientOptions | undefined): from is CharacterSyncClient {
  return from !== undefined && 'subscribe' in from;
}

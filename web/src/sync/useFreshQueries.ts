import { isFinal, type CharacterSyncClient } from '@character-sync/react/client';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import { keys } from '../api/queries';
import { useSyncState } from './SyncClient';

/** Between reads of the list while a sync runs: often enough to watch it fill, seldom enough to cost nothing. */
const READ_EVERY_MS = 1_500;

/** Read characters and syncs anew as the followed sync brings them in, and once more at its end. */
export function useFreshQueries(client: CharacterSyncClient): void {
  const queries = useQueryClient();
  const { progress, sessionId, errorCode } = useSyncState(client);
  const ended = progress !== null && isFinal(progress.status);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = client.onEvent(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void queries.invalidateQueries({ queryKey: keys.characters });
      }, READ_EVERY_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [client, queries]);

  useEffect(() => {
    if (sessionId === null) return;
    void queries.invalidateQueries({ queryKey: keys.characters });
    void queries.invalidateQueries({ queryKey: keys.syncSessions });
    void queries.invalidateQueries({ queryKey: keys.identity });
    void queries.invalidateQueries({ queryKey: keys.schedules });
    void queries.invalidateQueries({ queryKey: keys.changes });
  }, [queries, sessionId, ended]);

  useEffect(() => {
    // Who has to sign in again is asked at once.
    if (errorCode === 'battle_net_token_invalid' || errorCode === 'unauthenticated') {
      void queries.invalidateQueries({ queryKey: keys.me });
    }
  }, [queries, errorCode]);
}

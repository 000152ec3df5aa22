/** Refreshing one character, with its own progress. */
import {
  createCharacterSyncClient,
  isFinal,
  type CharacterProgress,
  type CharacterSyncClient,
  type SyncProgress,
} from '@character-sync/react/client';
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';

import { wordsOf, ask } from '../api/http';
import { keys } from '../api/queries';
import type { EnrichmentQueued } from '../api/types';
import { useSyncState } from './SyncClient';

export interface Refresh {
  /** How the character stands in the sync that refreshes it; null when there is none. */
  live: CharacterProgress | null;
  /** The sync that refreshes it: its own, or the account sync in which it waited already. */
  progress: SyncProgress | null;
  isRefreshing: boolean;
  error: string | null;
  refresh: () => void;
}

const SETTLED = new Set(['completed', 'skipped', 'failed', 'cancelled']);

export function useRefresh(id: string): Refresh {
  const queries = useQueryClient();
  const [client, setClient] = useState<CharacterSyncClient | null>(null);
  const [error, setError] = useState<string | null>(null);
  const { progress } = useSyncState(client);
  const live = progress?.characters.find((character) => character.id === id) ?? null;
  const isDone = live !== null ? SETTLED.has(live.status) : progress !== null && isFinal(progress.status);
  const isRefreshing = client !== null && !isDone;

  useEffect(() => () => client?.dispose(), [client]);
  useEffect(() => {
    if (isDone) void queries.invalidateQueries({ queryKey: keys.characters });
    if (isDone) void queries.invalidateQueries({ queryKey: keys.syncSessions });
  }, [queries, isDone]);

  const refresh = useCallback(() => {
    const own = createCharacterSyncClient();
    setError(null);
    setClient(own);
    ask<EnrichmentQueued>('POST', `/api/v1/characters/${encodeURIComponent(id)}/enrich`).then(
      ({ sessionId }) => own.joinSession(sessionId),
      (refused: unknown) => {
        setError(wordsOf(refused));
        setClient(null);
      },
    );
  }, [id]);

  return { live, progress, isRefreshing, error, refresh };
}

/** What happened to the player's characters. */
import { CharacterSyncError } from '@character-sync/react/client';
import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';

import { API, ask } from './http';
import { keys } from './queries';
import type { Change, ChangeList } from './types';

/** At a time; what is left comes with the next read. 5,000 changes are more than a month of one player's. */
const MOST_PAGES = 25;

export interface Feed {
  /** Newest first. */
  changes: Change[];
  /** From where it goes on. */
  cursor: string | null;
}

const NOTHING: Feed = { changes: [], cursor: null };

/** Everything that is kept, newest first. Read anew, only what came since is asked for. */
export function useChanges(): UseQueryResult<Feed> {
  const queries = useQueryClient();
  return useQuery({
    queryKey: keys.changes,
    queryFn: async () => {
      try {
        return await readOn(queries.getQueryData<Feed>(keys.changes) ?? NOTHING);
      } catch (error) {
        // What it would go on from is no longer kept.
        if (error instanceof CharacterSyncError && error.code === 'changes_forgotten') return readOn(NOTHING);
        throw error;
      }
    },
  });
}

async function readOn({ changes, cursor }: Feed): Promise<Feed> {
  const found: Change[] = [];
  let from = cursor;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const after: string = from === null ? '' : `&cursor=${encodeURIComponent(from)}`;
    const answer: ChangeList = await ask('GET', `${API}/changes?limit=200${after}`);
    found.push(...answer.items);
    from = answer.nextCursor;
    if (!answer.hasMore) break;
  }
  return { changes: [...found.reverse(), ...changes], cursor: from };
}

/** Lists that the service gives in pages. */
import { useInfiniteQuery, type InfiniteData, type UseInfiniteQueryResult } from '@tanstack/react-query';

import { ask } from './http';

/** The service's largest page. */
const PAGE = 200;

interface Page {
  nextCursor: string | null;
}

/** What was read of a list so far, and how to read on. */
export type Pages<List> = UseInfiniteQueryResult<InfiniteData<List>>;

/** Read a list page by page, as the player asks for more. `lookAgainMs` says from what was read when to read it anew. */
export function usePages<List extends Page>(
  queryKey: readonly unknown[],
  path: string,
  lookAgainMs?: (pages: readonly List[]) => number | false,
): Pages<List> {
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => ask<List>('GET', from(path, pageParam)),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: ({ state }) => lookAgainMs?.(state.data?.pages ?? []) ?? false,
  });
}

/** Read a list to its end. */
export async function everyPage<Item>(path: string): Promise<Item[]> {
  const all: Item[] = [];
  let cursor: string | null = null;
  do {
    const page: Page & { items: Item[] } = await ask('GET', from(asking(path, `limit=${PAGE}`), cursor));
    all.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return all;
}

function from(path: string, cursor: string | null): string {
  return cursor === null ? path : asking(path, `cursor=${encodeURIComponent(cursor)}`);
}

function asking(path: string, what: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}${what}`;
}

/** Who is who: the questions that wait for the player, what was decided, and what they say to it. */
import {
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
  type InfiniteData,
  type UseInfiniteQueryResult,
  type UseMutationResult,
  type UseQueryResult,
} from '@tanstack/react-query';

import { ask } from './http';
import { API, everyPage, keys } from './queries';
import type { IdentityDecision, IdentityDecisionList } from './types';

const path = (id: string): string => `${API}/identity/decisions/${encodeURIComponent(id)}`;

/** The questions that wait, newest first. */
export function useQuestions(): UseQueryResult<IdentityDecision[]> {
  return useQuery({
    queryKey: [...keys.identity, 'asked'],
    queryFn: () => everyPage<IdentityDecision>('/identity/decisions?status=asked'),
  });
}

/** Questions and decisions, newest first, page by page. */
export function useDecisions(): UseInfiniteQueryResult<InfiniteData<IdentityDecisionList>> {
  return useInfiniteQuery({
    queryKey: [...keys.identity, 'all'],
    queryFn: ({ pageParam }) =>
      ask<IdentityDecisionList>('GET', `${API}/identity/decisions${pageParam && `?cursor=${encodeURIComponent(pageParam)}`}`),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
}

export interface Said {
  id: string;
  isSame: boolean;
}

export function useAnswer(): UseMutationResult<IdentityDecision, Error, Said> {
  return useDeciding(({ id, isSame }) => ask<IdentityDecision>('POST', `${path(id)}/answer`, { isSame }));
}

export function useUndo(): UseMutationResult<IdentityDecision, Error, string> {
  return useDeciding((id) => ask<IdentityDecision>('POST', `${path(id)}/undo`));
}

/** Two characters become one or the other way round: whatever shows characters is read anew. */
function useDeciding<What>(decide: (what: What) => Promise<IdentityDecision>): UseMutationResult<IdentityDecision, Error, What> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: decide,
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: keys.identity }),
        queries.invalidateQueries({ queryKey: keys.characters }),
      ]),
  });
}

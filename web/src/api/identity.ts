/** Who is who: the questions that wait for the player, what was decided, and what they say to it. */
import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from '@tanstack/react-query';

import { API, ask } from './http';
import { everyPage, usePages, type Pages } from './pages';
import { keys } from './queries';
import type { IdentityDecision, IdentityDecisionList } from './types';

const path = (id: string): string => `${API}/identity/decisions/${encodeURIComponent(id)}`;

/** The questions that wait, newest first. */
export function useQuestions(): UseQueryResult<IdentityDecision[]> {
  return useQuery({
    queryKey: [...keys.identity, 'asked'],
    queryFn: () => everyPage<IdentityDecision>(`${API}/identity/decisions?status=asked`),
  });
}

/** Questions and decisions, newest first. */
export function useDecisions(): Pages<IdentityDecisionList> {
  return usePages<IdentityDecisionList>([...keys.identity, 'all'], `${API}/identity/decisions`);
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

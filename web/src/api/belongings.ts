/** What the player says of their characters: groups, and fields of their own. */
import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from '@tanstack/react-query';

import { API, ask } from './http';
import { keys } from './queries';
import type { ChangeGroup, ChangeMine, Group, GroupList, Mine } from './types';

const path = (id: string): string => `${API}/groups/${encodeURIComponent(id)}`;

/** The player's groups, by name. */
export function useGroups(): UseQueryResult<Group[]> {
  return useQuery({ queryKey: keys.groups, queryFn: async () => (await ask<GroupList>('GET', `${API}/groups`)).items });
}

export function useCreateGroup(): UseMutationResult<Group, Error, string> {
  return useGrouping((name) => ask<Group>('POST', `${API}/groups`, { name }));
}

export interface GroupChange {
  id: string;
  to: ChangeGroup;
}

export function useChangeGroup(): UseMutationResult<Group, Error, GroupChange> {
  return useGrouping(({ id, to }) => ask<Group>('PATCH', path(id), to));
}

export function useDeleteGroup(): UseMutationResult<void, Error, string> {
  return useGrouping((id) => ask<void>('DELETE', path(id)));
}

function useGrouping<Answer, What>(change: (what: What) => Promise<Answer>): UseMutationResult<Answer, Error, What> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => queries.invalidateQueries({ queryKey: keys.groups }),
  });
}

export function useChangeMine(characterId: string): UseMutationResult<Mine, Error, ChangeMine> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (to) => ask<Mine>('PATCH', `${API}/characters/${encodeURIComponent(characterId)}/mine`, to),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.characters }),
  });
}

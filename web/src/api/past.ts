/** How a character was: what changed, its states, its values over time, and what is known of a moment. */
import { useQuery, type UseQueryResult } from '@tanstack/react-query';

import { lastSeenBefore, recalled, type Recalled } from '../past/recalled';
import { API, ask } from './http';
import { usePages, type Pages } from './pages';
import { keys } from './queries';
import type { CharacterAsOf, CharacterDiff, FacetName, HistoryPage, Observation, Series } from './types';

/** States at a time: some looks at the character, on one screen. */
const STATES = 40;

const path = (id: string): string => `${API}/characters/${encodeURIComponent(id)}`;

/** What is different from what each facet was before. */
export function useLastChange(id: string): UseQueryResult<CharacterDiff> {
  return useQuery({ queryKey: [...keys.character(id), 'diff'], queryFn: () => ask<CharacterDiff>('GET', `${path(id)}/diff`) });
}

/** The states in which Battle.net listed it, oldest first. */
export function useObservations(id: string): UseQueryResult<Observation[]> {
  return useQuery({
    queryKey: [...keys.character(id), 'observations'],
    queryFn: () => ask<Observation[]>('GET', `${path(id)}/observations`),
  });
}

/** The states of one facet or of all, newest first. */
export function useStates(id: string, facet: FacetName | null): Pages<HistoryPage> {
  const only = facet === null ? '' : `&facet=${facet}`;
  return usePages<HistoryPage>([...keys.character(id), 'history', facet], `${path(id)}/history?limit=${STATES}${only}`);
}

/** The item level over time; the level where the game version has no item level. */
export function useSeries(id: string): UseQueryResult<Series> {
  return useQuery({
    queryKey: [...keys.character(id), 'series'],
    queryFn: async () => {
      const itemLevel = await ask<Series>('GET', `${path(id)}/series?metric=itemLevel`);
      return itemLevel.steps.length > 0 ? itemLevel : ask<Series>('GET', `${path(id)}/series?metric=level`);
    },
  });
}

/** What is known of a moment and, where nothing is, what was last seen before it. */
export function useAsOf(id: string, moment: string): UseQueryResult<Recalled> {
  return useQuery({
    queryKey: [...keys.character(id), 'asOf', moment],
    queryFn: async () => {
      const at = (when: string): Promise<CharacterAsOf> => ask('GET', `${path(id)}?asOf=${encodeURIComponent(when)}`);
      const then = await at(moment);
      return recalled(then, await Promise.all(lastSeenBefore(then).map(at)));
    },
  });
}

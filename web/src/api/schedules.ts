/** When the player's accounts are synced by themselves. */
import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from '@tanstack/react-query';

import { API, ask } from './http';
import { keys } from './queries';
import type { Schedule, ScheduleRule } from './types';

export interface Place {
  gameVersion: string;
  region: string;
}

/** The schedules that were ever set, by game version and region. */
export function useSchedules(): UseQueryResult<Schedule[]> {
  return useQuery({ queryKey: keys.schedules, queryFn: () => ask<Schedule[]>('GET', `${API}/schedules`) });
}

export function useSetSchedule({ gameVersion, region }: Place): UseMutationResult<Schedule, Error, ScheduleRule> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (rule) =>
      ask<Schedule>('PUT', `${API}/schedules/${encodeURIComponent(gameVersion)}/${encodeURIComponent(region)}`, rule),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.schedules }),
  });
}

/** Say that the player knows what their `notice` told them. */
export function useSeeNotice(): UseMutationResult<void, Error, void> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => ask<void>('POST', `${API}/me/notice/seen`),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.me }),
  });
}

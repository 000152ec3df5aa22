/** What a sync would do, before it does it. */
import { useMutation, type UseMutationResult } from '@tanstack/react-query';

import { API, ask } from './http';
import type { Place } from './schedules';
import type { SyncPlan } from './types';

export function usePlan(): UseMutationResult<SyncPlan, Error, Place> {
  return useMutation({
    mutationFn: ({ gameVersion, region }) => ask<SyncPlan>('POST', `${API}/characters/sync`, { gameVersion, region, dryRun: true }),
  });
}

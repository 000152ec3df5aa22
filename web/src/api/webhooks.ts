/** Where the player's own programs are told of changes. */
import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from '@tanstack/react-query';

import { API, ask } from './http';
import { usePages, type Pages } from './pages';
import { keys } from './queries';
import type { CreatedWebhook, Delivery, DeliveryList, ReplacedSecret, Webhook } from './types';

/** While something waits to be told: about as often as it is tried at first. */
const WATCHED_EVERY_MS = 5_000;

const path = (id: string): string => `${API}/webhooks/${encodeURIComponent(id)}`;

export function useWebhooks(): UseQueryResult<Webhook[]> {
  return useQuery({ queryKey: keys.webhooks, queryFn: () => ask<Webhook[]>('GET', `${API}/webhooks`) });
}

export function useWebhook(id: string): UseQueryResult<Webhook> {
  return useQuery({ queryKey: [...keys.webhooks, id], queryFn: () => ask<Webhook>('GET', path(id)) });
}

export interface NewWebhook {
  url: string;
  events: string[];
}

export function useCreateWebhook(): UseMutationResult<CreatedWebhook, Error, NewWebhook> {
  return useHooking((body) => ask<CreatedWebhook>('POST', `${API}/webhooks`, body));
}

export interface Pausing {
  id: string;
  isPaused: boolean;
}

export function usePauseWebhook(): UseMutationResult<Webhook, Error, Pausing> {
  return useHooking(({ id, isPaused }) => ask<Webhook>('PATCH', path(id), { isPaused }));
}

export function useChooseEvents(id: string): UseMutationResult<Webhook, Error, string[]> {
  return useHooking((events) => ask<Webhook>('PATCH', path(id), { events }));
}

/** From then on everything is signed with the new one. */
export function useReplaceSecret(): UseMutationResult<ReplacedSecret, Error, string> {
  return useHooking((id) => ask<ReplacedSecret>('POST', `${path(id)}/secret`));
}

export function useDeleteWebhook(): UseMutationResult<void, Error, string> {
  return useHooking((id) => ask<void>('DELETE', path(id)));
}

/** What a webhook was told or is to be told, newest first; looked at again while something waits. */
export function useDeliveries(id: string): Pages<DeliveryList> {
  return usePages<DeliveryList>([...keys.webhooks, id, 'deliveries'], `${path(id)}/deliveries?limit=50`, (pages) =>
    pages.some(({ items }) => items.some(({ status }) => status === 'waiting')) ? WATCHED_EVERY_MS : false,
  );
}

export function useRedeliver(id: string): UseMutationResult<Delivery, Error, number> {
  return useHooking((delivery) => ask<Delivery>('POST', `${path(id)}/deliveries/${delivery}/redeliver`));
}

function useHooking<Answer, What>(change: (what: What) => Promise<Answer>): UseMutationResult<Answer, Error, What> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => queries.invalidateQueries({ queryKey: keys.webhooks }),
  });
}

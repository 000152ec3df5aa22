/** How a webhook fares and what came of a delivery, in words. Pure. */
import { typeName } from '../activity/activityWords';
import type { Delivery, Webhook } from '../api/types';
import { ago, ahead, many } from '../words';

/** What one may ask to be told of at first; single types are chosen on the webhook's own page. */
export const TOLD_OF: { value: string; label: string }[] = [
  { value: '', label: 'Everything' },
  { value: 'character.*', label: 'Characters' },
  { value: 'sync.*', label: 'Ends of syncs' },
];

export function eventsWords(events: readonly string[]): string {
  if (events.length === 0) return 'Told of everything';
  const names = events.map((event) => TOLD_OF.find(({ value }) => value === event)?.label ?? typeName(event));
  return `Told of: ${names.join(', ').toLowerCase()}`;
}

const PAUSES: Record<string, string> = {
  by_its_owner: 'Paused. What waited before is told when you go on; what happens meanwhile is not.',
  failing: 'Paused, because it took nothing for days. What waited before is told when you go on; what happens meanwhile is not.',
  key_lost: 'Paused, because its secret can no longer be read. Give it a new one, and it goes on.',
};

/** Return what is wrong with a webhook; null when it is well. */
export function webhookTrouble({ pausedAt, pausedReason, failingSince, nextAttemptAt }: Webhook, now: number): string | null {
  if (pausedAt) return PAUSES[pausedReason ?? ''] ?? 'Paused.';
  if (!failingSince) return null;
  const next = nextAttemptAt ? ` It is tried again ${ahead(nextAttemptAt, now)}.` : '';
  return `It has not taken what it is told since ${ago(failingSince, now)}.${next}`;
}

const STATUSES: Record<string, string> = { waiting: 'Waiting', delivered: 'Delivered', given_up: 'Given up' };

export function deliveryStatus(status: string): string {
  return STATUSES[status] ?? status.replaceAll('_', ' ');
}

const PROBLEMS: Record<string, string> = {
  not_reached: 'it could not be reached',
  too_slow: 'it took too long to answer',
  address_not_allowed: 'its address is not one of the public internet',
  key_lost: 'its secret can no longer be read',
};

/** Return how the telling went: `2 attempts, answered 500`. */
export function deliveryWords({ attempts, answerStatus, problem, status }: Delivery): string {
  if (attempts === 0) return 'not tried yet';
  const answered = answerStatus ? `answered ${answerStatus}` : '';
  const wrong = problem && problem !== 'answered_otherwise' ? (PROBLEMS[problem] ?? problem.replaceAll('_', ' ')) : '';
  return [many(attempts, 'attempt'), answered, status === 'delivered' ? '' : wrong].filter(Boolean).join(', ');
}

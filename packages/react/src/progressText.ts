/** What a progress says in words. Pure; every number is a number a person can read. */
import type { CharacterProgress, SyncProgress } from './characterSyncState.js';
import { isFinal } from './characterSyncState.js';
import type { Reason } from './wire.js';

const STATUS_WORDS: Record<string, string> = {
  pending: 'Waiting',
  processing: 'Processing',
  completed: 'Completed',
  skipped: 'Skipped',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

/** Return the word for a character's status. */
export function statusWord(status: string): string {
  return STATUS_WORDS[status] ?? status;
}

const REASON_WORDS: Record<Reason, string> = {
  not_found: 'Battle.net does not know it',
  hidden: 'hidden by Battle.net',
  not_offered: 'not offered for this game version',
  below_level_10: 'below level 10',
  not_modified: 'nothing new',
  upstream_unavailable: 'Battle.net did not answer',
  rate_limited: 'Battle.net was too busy',
  answer_unreadable: 'Battle.net’s answer could not be read',
  token_undecryptable: 'sign in with Battle.net again',
  token_expired: 'sign in with Battle.net again',
  crashed: 'something broke on our side',
  deadline: 'the sync took too long',
  cancelled: '',
};

/** Return what is said of a character: `Skipped: below level 10`. A newer service's reason stands as it is. */
export function outcomeText({ status, reason }: CharacterProgress): string {
  const why = reason === undefined ? '' : (REASON_WORDS[reason as Reason] ?? reason);
  return why === '' ? statusWord(status) : `${statusWord(status)}: ${why}`;
}

/** Return a whole number from 0 on; 0 for what is none. */
export function count(value: number | null | undefined): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.max(0, Math.trunc(value)) : 0;
}

/** Return 0 to 100, or null while it is not known how many characters there are. */
export function percentOf(progress: SyncProgress): number | null {
  if (progress.status === 'completed') return 100;
  if (count(progress.totalCharacters) === 0 && !isFinal(progress.status)) return null;
  return Math.min(100, count(progress.progressPercentage));
}

export function characters(number: number): string {
  return `${number} ${number === 1 ? 'character' : 'characters'}`;
}

/** Return how far it is: `3 of 6 characters`. */
export function countsText(progress: SyncProgress): string {
  const total = count(progress.totalCharacters);
  if (total === 0) return isFinal(progress.status) ? 'No characters' : 'Reading the character list';
  return `${Math.min(count(progress.processedCharacters), total)} of ${characters(total)}`;
}

/** Return what a screen reader says of the bar: `3 of 6 characters, processing Pallywar, Old Blanchy`. */
export function valueText(progress: SyncProgress): string {
  if (isFinal(progress.status)) return `${countsText(progress)}, ${progress.status}`;
  const current = progress.currentCharacter;
  return current ? `${countsText(progress)}, ${aboutText(current)}` : countsText(progress);
}

function aboutText({ status, name, realm, realmName }: CharacterProgress): string {
  return `${statusWord(status).toLowerCase()} ${name}, ${realmName ?? realm}`;
}

/** Return the headline: what the sync is doing. */
export function headline(progress: SyncProgress): string {
  switch (progress.status) {
    case 'completed':
      return count(progress.totalCharacters) === 0 ? 'No characters to sync' : 'Sync complete';
    case 'cancelled':
      return 'Sync cancelled';
    case 'failed':
      return 'Sync failed';
    case 'processing':
      return 'Syncing characters';
    default:
      return 'Starting sync';
  }
}

const ENDPOINT_WORDS: Record<string, string> = {
  profile: 'profiles',
  media: 'pictures',
  equipment: 'gear',
  specializations: 'talents',
  protected: 'protected profiles',
};

/** Return why it stands still and until when: `Battle.net is in trouble with gear. It is tried again at 14:05.` */
export function pauseText({ paused, status }: SyncProgress): string | null {
  if (!paused || isFinal(status)) return null;
  const what = ENDPOINT_WORDS[paused.endpoint];
  const trouble = what === undefined ? 'Battle.net is in trouble.' : `Battle.net is in trouble with ${what}.`;
  const until = new Date(paused.until ?? NaN);
  if (Number.isNaN(until.getTime())) return `${trouble} The sync goes on when that is over.`;
  return `${trouble} It is tried again at ${until.toLocaleTimeString(undefined, { timeStyle: 'short' })}; the sync then goes on by itself.`;
}

/** Return the time left: `about 2 min left`; null when it is not known. */
export function timeLeft(progress: SyncProgress): string | null {
  const seconds = progress.etaSeconds;
  if (progress.paused || isFinal(progress.status) || typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0) return null;
  if (seconds < 10) return 'a few seconds left';
  if (seconds < 90) return `about ${Math.ceil(seconds / 5) * 5} s left`;
  if (seconds < 90 * 60) return `about ${Math.round(seconds / 60)} min left`;
  return `about ${Math.round(seconds / 3600)} h left`;
}

/**
 * Return what is announced. It changes at the start, at each quarter, with each failure and at the end and is the same
 * text between, so that a screen reader is not flooded. A failed sync is an alert and not announced here.
 */
export function announcement(progress: SyncProgress | null): string {
  if (progress === null || progress.status === 'failed') return '';
  const failed = count(progress.failedCharacters);
  const skipped = count(progress.skippedCharacters);
  const trouble = failed > 0 ? ` ${characters(failed)} failed.` : '';
  if (isFinal(progress.status)) {
    const done = Math.max(0, count(progress.processedCharacters) - failed - skipped);
    return `${headline(progress)}. ${characters(done)} updated.${trouble}${skipped > 0 ? ` ${skipped} skipped.` : ''}`;
  }
  // All are done a moment before the end is known, and that says it.
  const quarter = Math.min(75, Math.floor((percentOf(progress) ?? 0) / 25) * 25);
  if (quarter > 0) return `${quarter} percent done.${trouble}`;
  return percentOf(progress) === null ? '' : `Syncing ${characters(count(progress.totalCharacters))}.${trouble}`;
}

/** What codes mean, in words a player understands. Pure. */
import type { Reason } from '@character-sync/react/client';

const REGIONS: Record<string, string> = { us: 'Americas', eu: 'Europe', kr: 'Korea', tw: 'Taiwan' };

/** The regions in the order players look for them. */
export const REGION_IDS: readonly string[] = Object.keys(REGIONS);

export function regionName(region: string): string {
  return REGIONS[region] ?? region.toUpperCase();
}

const FACETS: Record<string, string> = {
  profile: 'Profile',
  media: 'Picture',
  equipment: 'Gear',
  specializations: 'Talents',
  protected: 'Money and deaths',
};

export function facetName(facet: string): string {
  return FACETS[facet] ?? facet;
}

/** Why something is not as fresh as it could be, and what the player can do about it. */
export interface Explanation {
  why: string;
  remedy?: string;
}

const REASONS: Record<Reason, Explanation> = {
  not_found: {
    why: 'Battle.net lists this character but has no page of it.',
    remedy: 'Log in with the character, log out again, then refresh.',
  },
  hidden: { why: 'Battle.net does not show this at the moment.', remedy: 'Refresh again another day.' },
  not_offered: { why: 'This game version has nothing of the kind.' },
  below_level_10: { why: 'Battle.net shows this from level 10 on.' },
  not_modified: { why: 'Nothing has changed since the last sync.' },
  upstream_unavailable: { why: 'Battle.net did not answer, not even when asked again.', remedy: 'Refresh in a while.' },
  rate_limited: { why: 'Battle.net was too busy.', remedy: 'Refresh in a while.' },
  answer_unreadable: { why: 'Battle.net’s answer could not be read. The people who run this site can see it in their log.' },
  token_undecryptable: { why: 'Your Battle.net sign-in can no longer be read.', remedy: 'Sign in with Battle.net again.' },
  token_expired: { why: 'Your Battle.net sign-in has ended.', remedy: 'Sign in with Battle.net again.' },
  crashed: { why: 'Something broke on our side.', remedy: 'Refresh again; if it stays, tell the people who run this site.' },
  deadline: { why: 'The sync took too long and was stopped.', remedy: 'Refresh again.' },
  cancelled: { why: 'The sync was cancelled before this was fetched.', remedy: 'Refresh when you like.' },
};

/** Return what a reason means; a newer service's reason stands as it is. */
export function explain(reason: string): Explanation {
  return REASONS[reason as Reason] ?? { why: reason.replaceAll('_', ' ') };
}

/** How many: `1 character`, `3 characters`. */
export function many(number: number, one: string, more: string = `${one}s`): string {
  return `${number} ${number === 1 ? one : more}`;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Return how long ago: `just now`, `5 min ago`, `3 h ago`, `yesterday`, `12 days ago`, then the date. */
export function ago(moment: string, now: number): string {
  const seconds = (now - Date.parse(moment)) / 1000;
  if (Number.isNaN(seconds)) return 'at an unknown time';
  if (seconds < 45) return 'just now';
  if (seconds < 45 * MINUTE) return `${Math.max(1, Math.round(seconds / MINUTE))} min ago`;
  if (seconds < 22 * HOUR) return `${Math.max(1, Math.round(seconds / HOUR))} h ago`;
  const days = Math.round(seconds / DAY);
  if (days <= 1) return 'yesterday';
  if (days <= 30) return `${days} days ago`;
  return `on ${new Date(moment).toLocaleDateString(undefined, { dateStyle: 'medium' })}`;
}

/** Return in how long something will be: `in 5 min`, `in 3 h`, `tomorrow`, `in 20 days`; `now` once it is due. */
export function ahead(moment: string, now: number): string {
  const seconds = (Date.parse(moment) - now) / 1000;
  if (Number.isNaN(seconds)) return 'at an unknown time';
  if (seconds <= 0) return 'now';
  if (seconds < 45 * MINUTE) return `in ${Math.max(1, Math.round(seconds / MINUTE))} min`;
  if (seconds < 22 * HOUR) return `in ${Math.max(1, Math.round(seconds / HOUR))} h`;
  const days = Math.round(seconds / DAY);
  return days <= 1 ? 'tomorrow' : `in ${days} days`;
}

/** Return a time as a person reads it, in the place where they are. */
export function clockTime(moment: string, seconds: 'short' | 'medium' = 'short'): string {
  return new Date(moment).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: seconds });
}

/** Return two times as a person reads them, to the second where they would look the same to the minute. */
export function clockTimes(from: string, to: string): [string, string] {
  const precision = clockTime(from) === clockTime(to) ? 'medium' : 'short';
  return [clockTime(from, precision), clockTime(to, precision)];
}

/** Return how long something took: `under a second`, `2 s`, `3 min 20 s`. */
export function duration(from: string, to: string): string {
  const seconds = Math.round((Date.parse(to) - Date.parse(from)) / 1000);
  if (seconds < 1) return 'under a second';
  if (seconds < MINUTE) return `${seconds} s`;
  return `${Math.floor(seconds / MINUTE)} min ${seconds % MINUTE} s`;
}

const KINDS: Record<string, string> = {
  account: 'Account sync',
  character: 'One character',
  scheduled: 'Scheduled sync',
  retry: 'Retry',
};

export function kindName(kind: string): string {
  return KINDS[kind] ?? kind;
}

/** Return the time of day, in the place where the reader is. */
export function timeOfDay(moment: string): string {
  return new Date(moment).toLocaleTimeString(undefined, { timeStyle: 'short' });
}

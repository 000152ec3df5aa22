/** What happened, in words, day by day. Pure but for the reader's own time zone. */
import type { Change } from '../api/types';
import { realmName } from '../characters/grouping';
import { kindName, many, regionName } from '../words';
import { fieldWords } from './fieldWords';

type Detail = Record<string, unknown>;

const text = (value: unknown): string => (value === null || value === undefined ? '' : String(value));

function place(value: unknown): string {
  return typeof value === 'object' && value !== null && 'realm' in value ? realmName({ realm: text(value.realm) }) : 'another realm';
}

const WORDS: Record<string, (detail: Detail) => string> = {
  'character.added': () => 'came to your list',
  'character.changed': ({ fields }) => fieldWords(fields).join(', ') || 'changed',
  'character.renamed': ({ from, to }) => `was called ${text(from)}, and is called ${text(to)}`,
  'character.transferred': ({ from, to }) => `went from ${place(from)} to ${place(to)}`,
  'character.reidentified': () => 'got another number at Battle.net',
  'character.gear_changed': () => 'wears other gear',
  'character.talents_changed': () => 'has other talents',
  'character.archived': () => 'is no longer on your account',
  'character.reactivated': () => 'is on your account again',
  'character.gone': () => 'is no longer known to Battle.net',
};

/** Return what happened to a character: `level 79 → 80`. What a newer service tells stands as it is. */
export function happened({ type, detail }: Pick<Change, 'type' | 'detail'>): string {
  return WORDS[type]?.(detail) ?? type.replace(/^[a-z]+\./, '').replaceAll('_', ' ');
}

/** Return what a type of change is called where it stands alone: `Gear changed`. */
export function typeName(type: string): string {
  const [group = '', what = ''] = type.split('.');
  const words = `${group} ${what}`.replaceAll('_', ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const ENDS: Record<string, string> = { cancelled: 'was cancelled', failed: 'failed' };

/** Return how a sync ended: `Scheduled sync of Retail, Europe: 54 of 60 characters updated`. */
export function syncWords(detail: Detail, versionName: (id: string) => string): string {
  const number = (name: string): number => Number(detail[name] ?? 0);
  const what = `${kindName(text(detail.kind))} of ${versionName(text(detail.gameVersion))}, ${regionName(text(detail.region))}`;
  const ended = ENDS[text(detail.status)];
  if (ended) return `${what} ${ended}`;
  const updated = number('processedCharacters') - number('failedCharacters') - number('skippedCharacters');
  return `${what}: ${updated} of ${many(number('totalCharacters'), 'character')} updated`;
}

export interface Day {
  key: string;
  title: string;
  changes: Change[];
}

/** Return changes, newest first, by the reader's days. */
export function days(changes: readonly Change[], now: number): Day[] {
  const found = new Map<string, Day>();
  for (const change of changes) {
    const key = new Date(change.at).toDateString();
    const day = found.get(key) ?? { key, title: dayTitle(key, now), changes: [] };
    found.set(key, day);
    day.changes.push(change);
  }
  return [...found.values()];
}

function dayTitle(key: string, now: number): string {
  if (key === new Date(now).toDateString()) return 'Today';
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (key === yesterday.toDateString()) return 'Yesterday';
  return new Date(key).toLocaleDateString(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
}

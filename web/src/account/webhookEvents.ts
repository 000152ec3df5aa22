/** Which single types of change a webhook's `events` stand for, and the other way round. Pure. */
import type { Change } from '../api/types';

type Type = Change['type'];

// As an object, so that a type the service adds is missed by the type checker.
const ALL: Record<Type, true> = {
  'character.added': true,
  'character.changed': true,
  'character.gear_changed': true,
  'character.talents_changed': true,
  'character.renamed': true,
  'character.transferred': true,
  'character.reidentified': true,
  'character.archived': true,
  'character.reactivated': true,
  'character.gone': true,
  'sync.finished': true,
};

const TYPES = Object.keys(ALL) as Type[];

const typesIn = (group: string): Type[] => TYPES.filter((type) => type.startsWith(`${group}.`));

/** The types in the order they are shown, by what they are about. */
export const GROUPS: { group: string; label: string; types: Type[] }[] = [
  { group: 'character', label: 'Characters', types: typesIn('character') },
  { group: 'sync', label: 'Syncs', types: typesIn('sync') },
];

/** Return every single type that is told of; no events at all are all of them. */
export function typesOf(events: readonly string[]): ReadonlySet<string> {
  const told = events.length === 0 ? TYPES : events.flatMap((event) => (event.endsWith('.*') ? typesIn(event.slice(0, -2)) : event));
  return new Set(told);
}

/** Return the events that stand for these types, of which there is one at least: the fewest, so that what a group is given later is told, too. */
export function eventsOf(types: ReadonlySet<string>): string[] {
  if (TYPES.every((type) => types.has(type))) return [];
  return GROUPS.flatMap(({ group, types: all }) => {
    const chosen = all.filter((type) => types.has(type));
    return chosen.length === all.length ? [`${group}.*`] : chosen;
  });
}

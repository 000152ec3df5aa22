/** States of facets as looks at the character: what one look found that the one before had not. Pure. */
import type { State } from '../api/types';
import { clockTime, clockTimes, facetName } from '../words';
import { ONE_LOOK_MS } from './recalled';

export interface Look {
  /** When the last of its states was first seen: the moment at which all of them can be looked at. */
  at: string;
  states: State[];
}

/** Return the looks, newest first. States first seen within a minute are of one look, unless a facet is there twice. */
export function looks(states: readonly State[]): Look[] {
  const oldestFirst = states.toSorted((one, other) => Date.parse(one.firstSeenAt) - Date.parse(other.firstSeenAt));
  const found: Look[] = [];
  for (const state of oldestFirst) {
    const look = found.at(-1);
    const [first] = look?.states ?? [];
    const isSame =
      look !== undefined &&
      first !== undefined &&
      Date.parse(state.firstSeenAt) - Date.parse(first.firstSeenAt) <= ONE_LOOK_MS &&
      look.states.every(({ facet }) => facet !== state.facet);
    if (isSame) {
      look.states.push(state);
      look.at = state.firstSeenAt;
    } else {
      found.push({ at: state.firstSeenAt, states: [state] });
    }
  }
  return found.toReversed();
}

/** Return when each look was, to the second where two would have the same name. */
export function lookTitles(found: readonly Look[]): string[] {
  const minutes = found.map(({ at }) => clockTime(at));
  return found.map(({ at }, index) => {
    const minute = minutes[index]!;
    return minutes.indexOf(minute) === minutes.lastIndexOf(minute) ? minute : clockTime(at, 'medium');
  });
}

export interface StateWords {
  what: string;
  seen: string;
  /** What is not known after it; null while it is the newest, or when the next was seen at once. */
  gap: string | null;
}

/** Return in words when a state was seen, and when nothing is known. */
export function stateWords({ facet, firstSeenAt, lastSeenAt, endedAt, contentHash }: State): StateWords {
  const [from, to] = clockTimes(firstSeenAt, lastSeenAt);
  const once = from === to;
  const so = contentHash === null ? 'Battle.net had none' : 'seen so';
  const when = endedAt === null ? (once ? `since ${from}` : `since ${from}, last on ${to}`) : once ? `once, on ${from}` : `from ${from} to ${to}`;
  return { what: facetName(facet), seen: `${so} ${when}`, gap: gapWords(lastSeenAt, endedAt) };
}

function gapWords(lastSeenAt: string, endedAt: string | null): string | null {
  if (endedAt === null || endedAt === lastSeenAt) return null;
  const [from, to] = clockTimes(lastSeenAt, endedAt);
  return from === to ? `Not known for less than a second after ${from}` : `Not known between ${from} and ${to}`;
}

/** Return the page of a character as it was. */
export function asOfHref(id: string, moment: string): string {
  return `/characters/${id}?asOf=${encodeURIComponent(moment)}`;
}

/** Return the moment a page's address asks for, as the service wants it; null when it asks for none, or for nonsense. */
export function momentOf(search: string): string | null {
  const told = Date.parse(new URLSearchParams(search).get('asOf') ?? '');
  return Number.isNaN(told) ? null : new Date(told).toISOString();
}


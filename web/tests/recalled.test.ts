import { expect, it } from 'vitest';

import type { CharacterAsOf, FacetAsOf } from '../src/api/types';
import { detail, minutesAgo } from '../src/gallery/fixtures';
import { RECALLED } from '../src/gallery/pastFixtures';
import { characterThen, isFromBefore, lastSeenBefore, recalled } from '../src/past/recalled';

const facet = (state: FacetAsOf['state'], first: number, last: number): FacetAsOf => ({
  state,
  firstSeenAt: minutesAgo(first),
  lastSeenAt: minutesAgo(last),
  endedAt: minutesAgo(1),
  upstreamModifiedAt: null,
});
const NEVER: FacetAsOf = { state: 'unknown', firstSeenAt: null, lastSeenAt: null, endedAt: null, upstreamModifiedAt: null };
const GEAR = { items: [], itemLevel: 1 };

function asOf(of: Partial<CharacterAsOf>): CharacterAsOf {
  return { id: 'one', asOf: minutesAgo(10), facets: {}, profile: null, media: null, equipment: null, specializations: null, ...of };
}

const THEN = asOf({ facets: { equipment: facet('unknown', 60, 30), profile: facet('unknown', 60, 30), media: NEVER, specializations: facet('known', 60, 5) } });

it('asks once for each time at which something unknown was last seen', () => {
  expect(lastSeenBefore(THEN)).toEqual([minutesAgo(30)]);
});

it('fills what is not known with what was last seen before', () => {
  const earlier = asOf({ facets: { equipment: facet('known', 60, 30) }, equipment: GEAR });
  expect(recalled(THEN, [earlier]).equipment).toBe(GEAR);
});

it('does not take another state for the one before', () => {
  const earlier = asOf({ facets: { equipment: facet('known', 90, 70) }, equipment: GEAR });
  expect(recalled(THEN, [earlier]).equipment).toBeNull();
});

it('leaves what is known as it is', () => {
  const known = asOf({ facets: { equipment: facet('known', 60, 5) }, equipment: GEAR });
  expect(recalled(known, []).equipment).toBe(GEAR);
});

it('says that something was seen before the moment, unless it was the same look', () => {
  expect(isFromBefore(facet('unknown', 60, 30), minutesAgo(10))).toBe(true);
  expect(isFromBefore(facet('unknown', 60, 10.5), minutesAgo(10))).toBe(false);
  expect(isFromBefore(facet('known', 60, 5), minutesAgo(10))).toBe(false);
  expect(isFromBefore(NEVER, minutesAgo(10))).toBe(false);
});

it('shows the name, realm and level of then, and nothing where the profile is not known', () => {
  const was = characterThen(detail(), RECALLED['as-of-known']!);
  expect(was).toMatchObject({ name: 'Pallyolder', realm: 'draenor', realmName: 'Draenor', level: 79, itemLevel: 671, guild: null });
  expect(characterThen(detail(), RECALLED['as-of-unknown']!)).toBeNull();
});

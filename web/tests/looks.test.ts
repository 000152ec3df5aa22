import { describe, expect, it } from 'vitest';

import type { FacetName, State } from '../src/api/types';
import { asOfHref, looks, lookTitles, momentOf, stateWords } from '../src/past/looks';
import { clockTime } from '../src/words';

const BEGIN = Date.UTC(2026, 10, 1, 12);
const at = (seconds: number): string => new Date(BEGIN + seconds * 1000).toISOString();
const state = (facet: FacetName, first: number, last: number, ended: number | null = null, contentHash: string | null = 'x'): State => ({
  facet,
  firstSeenAt: at(first),
  lastSeenAt: at(last),
  endedAt: ended === null ? null : at(ended),
  upstreamModifiedAt: null,
  contentHash,
  parserVersion: 1,
});
const facets = (states: State[]): string[] => looks(states).map((look) => look.states.map(({ facet }) => facet).join(' '));

describe('looks', () => {
  it('put together what was found at once, newest first', () => {
    expect(facets([state('equipment', 9001, 9001), state('profile', 9000, 9001), state('equipment', 1, 8000, 9001), state('profile', 0, 8000, 9000)])).toEqual([
      'profile equipment',
      'profile equipment',
    ]);
  });

  it('never hold one facet twice, however soon it was refreshed', () => {
    expect(facets([state('equipment', 10, 10), state('profile', 9, 9), state('equipment', 1, 1, 10), state('profile', 0, 0, 9)])).toEqual([
      'profile equipment',
      'profile equipment',
    ]);
  });

  it('do not put together what was found more than a minute apart', () => {
    expect(facets([state('media', 61, 61), state('profile', 0, 0)])).toEqual(['media', 'profile']);
  });

  it('stand at the moment when the last of them was there', () => {
    expect(looks([state('equipment', 3, 3), state('profile', 0, 0)])[0]!.at).toBe(at(3));
  });
});

it('names looks of one minute by the second, and no others', () => {
  const told = lookTitles([at(7200), at(65), at(61)].map((moment) => ({ at: moment, states: [] })));
  expect(told).toEqual([clockTime(at(7200)), clockTime(at(65), 'medium'), clockTime(at(61), 'medium')]);
});

describe('stateWords', () => {
  const HOUR = 3600;

  it('say from when to when it was so, and what is not known after it', () => {
    expect(stateWords(state('equipment', 0, HOUR, 2 * HOUR))).toEqual({
      what: 'Gear',
      seen: `seen so from ${clockTime(at(0))} to ${clockTime(at(HOUR))}`,
      gap: `Not known between ${clockTime(at(HOUR))} and ${clockTime(at(2 * HOUR))}`,
    });
  });

  it('say since when it is so', () => {
    expect(stateWords(state('equipment', 0, HOUR)).seen).toBe(`seen so since ${clockTime(at(0))}, last on ${clockTime(at(HOUR))}`);
  });

  it('say what was seen once', () => {
    expect(stateWords(state('media', 0, 0, HOUR, null)).seen).toMatch(/^Battle\.net had none once, on /);
  });

  it('tell a gap inside a minute to the second', () => {
    const { gap } = stateWords(state('equipment', 0, 5, 9));
    expect(gap).toContain(':05');
    expect(gap).toContain(':09');
  });

  it('do not hide the shortest gap', () => {
    expect(stateWords(state('equipment', 0, 5, 5.4)).gap).toMatch(/^Not known for less than a second after .*:05/);
  });

  it('claim no gap where there is none', () => {
    expect(stateWords(state('equipment', 0, 5, 5)).gap).toBeNull();
  });
});

describe('the address of a moment', () => {
  it('is read as it was written', () => {
    const [, search] = asOfHref('one', at(7)).split('?');
    expect(momentOf(search!)).toBe(at(7));
  });

  it.each(['', 'asOf=', 'asOf=yesterday', 'other=1'])('is none in “%s”', (search) => {
    expect(momentOf(search)).toBeNull();
  });
});

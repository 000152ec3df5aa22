import { describe, expect, it } from 'vitest';

import type { Facet } from '../src/api/types';
import { lastFetched, troubles } from '../src/characters/freshness';

const facet = (of: Partial<Facet>): Facet => ({
  state: 'current',
  reason: null,
  fetchedAt: null,
  changedAt: null,
  upstreamModifiedAt: null,
  nextDueAt: null,
  ...of,
});

describe('the troubles of a character', () => {
  it('are none when all is current, untried, unchanged or not offered', () => {
    const facets = {
      profile: facet({}),
      media: facet({ state: 'pending' }),
      equipment: facet({ reason: 'not_modified' }),
      specializations: facet({ state: 'not_offered', reason: 'not_offered' }),
    };
    expect(troubles(facets)).toEqual([]);
    expect(troubles(undefined)).toEqual([]);
  });

  it('are what is missing or old, with its reason and since when it is held', () => {
    const facets = {
      equipment: facet({ state: 'failed', reason: 'hidden', fetchedAt: '2026-01-01T00:00:00Z' }),
      specializations: facet({ state: 'absent', reason: 'below_level_10' }),
    };
    expect(troubles(facets)).toEqual([
      { facet: 'equipment', reason: 'hidden', heldSince: '2026-01-01T00:00:00Z' },
      { facet: 'specializations', reason: 'below_level_10', heldSince: null },
    ]);
  });

  it('are not that there is no picture, but that it could not be fetched', () => {
    expect(troubles({ media: facet({ state: 'absent', reason: 'not_found' }) })).toEqual([]);
    expect(troubles({ media: facet({ state: 'failed', reason: 'hidden' }) })).toHaveLength(1);
  });
});

it('tells when anything last came from Battle.net', () => {
  const facets = { profile: facet({ fetchedAt: '2026-01-02T00:00:00Z' }), media: facet({ fetchedAt: '2026-01-01T00:00:00Z' }) };
  expect(lastFetched(facets)).toBe('2026-01-02T00:00:00Z');
  expect(lastFetched({ media: facet({}) })).toBeNull();
});

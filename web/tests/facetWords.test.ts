import { expect, it } from 'vitest';

import type { Facet } from '../src/api/types';
import { whyOld } from '../src/character/facetWords';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;
const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();
const words = (name: string, of: Partial<Facet>): string =>
  whyOld(
    name,
    {
      state: 'current',
      reason: null,
      fetchedAt: at(-2 * MINUTE),
      changedAt: at(-3 * DAY),
      upstreamModifiedAt: at(-3 * DAY),
      nextDueAt: at(20 * DAY),
      attemptedAt: at(-2 * MINUTE),
      ...of,
    },
    NOW,
  ).join(' ');

it.each<[string, string, Partial<Facet>, string]>([
  [
    'that Battle.net has not changed it',
    'equipment',
    {},
    'Battle.net has not changed it since 3 days ago; log out in the game to update. Asked 2 min ago, again in 20 days, or sooner when you have played.',
  ],
  [
    'that the profile is asked every time',
    'profile',
    { nextDueAt: at(-MINUTE) },
    'Battle.net has not changed it since 3 days ago; log out in the game to update. Asked 2 min ago, again with the next sync.',
  ],
  [
    'why a try failed, and from when the rest is',
    'equipment',
    { state: 'failed', reason: 'rate_limited', fetchedAt: at(-5 * DAY), nextDueAt: at(-MINUTE) },
    'Battle.net was too busy. Refresh in a while. What is shown is from 5 days ago. Asked 2 min ago, last answered 5 days ago, again with the next sync.',
  ],
  [
    'that it was never answered',
    'equipment',
    { state: 'failed', reason: 'upstream_unavailable', fetchedAt: null, upstreamModifiedAt: null },
    'Battle.net did not answer, not even when asked again. Refresh in a while. Asked 2 min ago, never answered, again with the next sync.',
  ],
  [
    'that it was not asked for yet',
    'equipment',
    { state: 'pending', fetchedAt: null, upstreamModifiedAt: null, attemptedAt: null, nextDueAt: null },
    'Not asked for yet; the next sync asks.',
  ],
  ['that it has just been changed', 'equipment', { upstreamModifiedAt: at(-20) }, 'Battle.net has just changed it. Asked 2 min ago, again in 20 days, or sooner when you have played.'],
  ['that there is none', 'media', { state: 'absent', nextDueAt: at(DAY) }, 'Battle.net has none of it. Asked 2 min ago, again tomorrow, or sooner when you have played.'],
  ['why there is none', 'equipment', { state: 'absent', reason: 'below_level_10', nextDueAt: at(DAY) }, 'Battle.net shows this from level 10 on. Asked 2 min ago, again tomorrow, or sooner when you have played.'],
  ['that the game version has none', 'specializations', { state: 'not_offered', reason: 'not_offered' }, 'This game version has nothing of the kind.'],
  ['that a facet of a newer service is old', 'mounts', { upstreamModifiedAt: at(-100 * DAY) }, `Battle.net has not changed it since ${new Date(NOW - 100 * DAY * 1000).toLocaleDateString(undefined, { dateStyle: 'medium' })}. Asked 2 min ago, again in 20 days, or sooner when you have played.`],
])('says %s', (_, name, facet, expected) => {
  expect(words(name, facet)).toBe(expected);
});

it('takes an answer of an older service, which does not say when it asked, for the last try', () => {
  const { attemptedAt: _, ...older } = { state: 'current', reason: null, fetchedAt: at(-2 * MINUTE), changedAt: null, upstreamModifiedAt: null, nextDueAt: null } as Facet;
  expect(whyOld('media', older, NOW)).toEqual(['Asked 2 min ago, again with the next sync.']);
});

it('promises nothing about a character that has left the account', () => {
  const facet: Facet = { state: 'current', reason: null, fetchedAt: at(-DAY), changedAt: null, upstreamModifiedAt: null, nextDueAt: at(DAY) };
  expect(whyOld('media', facet, NOW, false)).toEqual(['Asked yesterday, again when the character is back on your account.']);
});

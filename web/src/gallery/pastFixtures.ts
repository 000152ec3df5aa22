/** Made-up pasts of the made-up character. */
import type { CharacterDiff, FacetAsOf, FacetName, Series, State } from '../api/types';
import type { Recalled } from '../past/recalled';
import { detail, item, minutesAgo } from './fixtures';

const DAY = 60 * 24;
const daysAgo = (days: number): string => minutesAgo(days * DAY);

export const SERIES: Record<string, Series> = {
  'chart-steps': {
    metric: 'itemLevel',
    steps: [
      { value: 658, seen: [{ firstSeenAt: daysAgo(40), lastSeenAt: daysAgo(31) }] },
      { value: 671, seen: [{ firstSeenAt: daysAgo(30), lastSeenAt: daysAgo(22) }, { firstSeenAt: daysAgo(12), lastSeenAt: daysAgo(9) }] },
      { value: 684, seen: [{ firstSeenAt: daysAgo(8.5), lastSeenAt: daysAgo(0) }] },
    ],
  },
  'chart-one-value': { metric: 'level', steps: [{ value: 60, seen: [{ firstSeenAt: daysAgo(3), lastSeenAt: daysAgo(0) }] }] },
  'chart-seen-once': { metric: 'itemLevel', steps: [{ value: 684, seen: [{ firstSeenAt: daysAgo(3), lastSeenAt: daysAgo(3) }] }] },
  'chart-nothing': { metric: 'level', steps: [] },
};

const same = { state: 'same' } as const;

export const DIFFS: Record<string, Pick<CharacterDiff, 'facets'>> = {
  'changes-many': {
    facets: {
      profile: {
        state: 'different',
        fields: [
          { field: 'level', before: 79, after: 80 },
          { field: 'itemLevel', before: 671, after: 684 },
          { field: 'guild', before: null, after: 'Mithril Order' },
        ],
      },
      media: { state: 'different', fields: [{ field: 'avatarUrl', before: 'a', after: 'b' }] },
      equipment: {
        state: 'different',
        slots: [
          { slot: 'HEAD', before: item('HEAD', 'RARE', { itemId: 2, itemLevel: 660 }), after: item('HEAD', 'EPIC') },
          { slot: 'OFF_HAND', before: null, after: item('OFF_HAND', 'EPIC') },
          { slot: 'TABARD', before: item('TABARD', 'COMMON', { itemLevel: null }), after: null },
          { slot: 'BACK', before: item('BACK', 'EPIC', { itemLevel: 665 }), after: item('BACK', 'EPIC', { enchantments: [{ id: 1, text: 'Enchanted: Chant of Winged Grace' }] }) },
        ],
      },
      specializations: {
        state: 'different',
        specializations: [
          {
            group: 0,
            specialization: { id: 66, name: 'Protection' },
            fields: [{ field: 'loadoutCode', before: 'A', after: 'B' }],
            talents: [
              { name: 'Redoubt', before: { id: 2, name: 'Redoubt', rank: 1 }, after: { id: 2, name: 'Redoubt', rank: 2 } },
              { name: 'Avenger’s Shield', before: null, after: { id: 1, name: 'Avenger’s Shield', rank: 1 } },
              { name: '99', before: { id: 99, name: null, rank: 1 }, after: null },
            ],
            pvpTalents: [],
            glyphs: [],
          },
        ],
      },
    },
  },
  'changes-none': { facets: { profile: same, equipment: same, specializations: { state: 'unknown' } } },
};

function state(facet: FacetName, firstSeenAt: string, lastSeenAt: string, endedAt: string | null, of: Partial<State> = {}): State {
  return { facet, firstSeenAt, lastSeenAt, endedAt, upstreamModifiedAt: firstSeenAt, contentHash: `${facet}-${firstSeenAt}`, parserVersion: 1, ...of };
}

export const STATES: Record<string, State[]> = {
  'timeline-gaps': [
    state('equipment', daysAgo(8.5), minutesAgo(5), null),
    state('profile', daysAgo(8.5), minutesAgo(5), null),
    state('equipment', daysAgo(30), daysAgo(9), daysAgo(8.5)),
    state('profile', daysAgo(30), daysAgo(9), daysAgo(8.5)),
    state('media', daysAgo(40), daysAgo(40), daysAgo(30), { contentHash: null }),
    state('specializations', daysAgo(40), minutesAgo(5), null),
    state('equipment', daysAgo(40), daysAgo(31), daysAgo(30)),
  ],
  'timeline-empty': [],
};

const KNOWN: FacetAsOf = { state: 'known', firstSeenAt: daysAgo(30), lastSeenAt: daysAgo(9), endedAt: daysAgo(8.5), upstreamModifiedAt: daysAgo(31) };
const GONE_BY: FacetAsOf = { ...KNOWN, state: 'unknown', lastSeenAt: daysAgo(22), endedAt: daysAgo(12) };
const NEVER: FacetAsOf = { state: 'unknown', firstSeenAt: null, lastSeenAt: null, endedAt: null, upstreamModifiedAt: null };
const NOW = detail();
const PROFILE: NonNullable<Recalled['profile']> = {
  battleNetId: 1,
  name: 'Pallyolder',
  realm: { id: 1, slug: 'draenor', name: 'Draenor' },
  level: 79,
  characterClass: { id: 2, name: 'Paladin' },
  race: { id: 1, name: 'Human' },
  gender: 'FEMALE',
  faction: 'ALLIANCE',
  guild: null,
  itemLevel: 671,
  activeSpec: { id: 65, name: 'Holy' },
  title: null,
  lastLoginAt: daysAgo(31),
};

export const RECALLED: Record<string, Recalled> = {
  'as-of-known': {
    asOf: daysAgo(20),
    facets: { profile: KNOWN, media: KNOWN, equipment: KNOWN, specializations: KNOWN },
    profile: PROFILE,
    media: null,
    equipment: NOW.equipment,
    specializations: NOW.specializations,
  },
  'as-of-partly-known': {
    asOf: daysAgo(20),
    facets: { profile: GONE_BY, media: NEVER, equipment: GONE_BY, specializations: { ...KNOWN, state: 'absent' } },
    profile: PROFILE,
    media: null,
    equipment: NOW.equipment,
    specializations: null,
  },
  'as-of-unknown': {
    asOf: daysAgo(90),
    facets: { profile: NEVER, media: NEVER, equipment: NEVER, specializations: NEVER },
    profile: null,
    media: null,
    equipment: null,
    specializations: null,
  },
};

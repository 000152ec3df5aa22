/** Made-up characters and syncs in every state there is. */
import type { CharacterProgress, SyncProgress } from '@character-sync/react';

import type { Character, CharacterDetail, EquippedItem, Facet, GameVersion, SessionSummary, Snapshot } from '../api/types';

const NOW = Date.now();
export const minutesAgo = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();

export const VERSIONS: GameVersion[] = [
  { id: 'retail', name: 'Retail', template: 'wow', facets: [] },
  { id: 'classic_era', name: 'Classic Era', template: 'wow_classic', facets: [] },
  { id: 'classic_sod', name: 'Season of Discovery', template: 'wow_classic', facets: [] },
  { id: 'classic_anniversary', name: 'Anniversary', template: 'wow_classic', facets: [] },
  { id: 'classic_progression', name: 'Classic Progression', template: 'wow_classic', facets: [] },
];

const PEOPLE: CharacterProgress[] = [
  { id: '1', name: 'Pallywar', realm: 'old-blanchy', realmName: 'Old Blanchy', status: 'completed' },
  { id: '2', name: 'Thornhoof', realm: 'old-blanchy', realmName: 'Old Blanchy', status: 'completed' },
  { id: '3', name: 'Zilkesh', realm: 'draenor', realmName: 'Draenor', status: 'skipped', reason: 'not_found' },
  { id: '4', name: 'Йорик', realm: 'gordunni', realmName: 'Gordunni', status: 'failed', reason: 'answer_unreadable' },
  { id: '5', name: 'Æthelrædwyn', realm: 'confrérie-du-thorium', realmName: 'Confrérie du Thorium', status: 'completed' },
  { id: '6', name: '성기사', realm: 'azshara', realmName: 'Azshara', status: 'processing' },
];

/** A sync as the hook gives it; what is not said stands for a sync of six in its middle. */
export function progress(of: Partial<SyncProgress> = {}): SyncProgress {
  const total = of.totalCharacters ?? 6;
  const processed = of.processedCharacters ?? 3;
  return {
    sessionId: 'gallery',
    status: 'processing',
    gameVersion: 'retail',
    totalCharacters: total,
    processedCharacters: processed,
    failedCharacters: 0,
    skippedCharacters: 0,
    progressPercentage: total === 0 ? 100 : Math.floor((100 * processed) / total),
    seq: 1,
    characters: [],
    recentCharacters: [],
    ...of,
  };
}

const [PALLYWAR, THORNHOOF, SKIPPED, FAILED, LONG, CURRENT] = PEOPLE as [
  CharacterProgress, CharacterProgress, CharacterProgress, CharacterProgress, CharacterProgress, CharacterProgress,
];

/** Every state of the component, by name. */
export const PROGRESS: Record<string, SyncProgress | null> = {
  'progress-none': null,
  'progress-listing': progress({ status: 'pending', totalCharacters: 0, processedCharacters: 0, progressPercentage: 0 }),
  'progress-pending': progress({ status: 'pending', processedCharacters: 0 }),
  'progress-first': progress({ processedCharacters: 0, currentCharacter: { ...PALLYWAR, status: 'processing' } }),
  'progress-middle': progress({
    currentCharacter: CURRENT,
    recentCharacters: [CURRENT, THORNHOOF, PALLYWAR],
    etaSeconds: 42,
  }),
  'progress-paused': progress({ paused: { endpoint: 'equipment', until: minutesAgo(-4) }, recentCharacters: [PALLYWAR] }),
  'progress-skipped': progress({ skippedCharacters: 1, currentCharacter: SKIPPED, recentCharacters: [SKIPPED, PALLYWAR] }),
  'progress-failed-character': progress({
    processedCharacters: 5,
    failedCharacters: 1,
    skippedCharacters: 1,
    currentCharacter: CURRENT,
    recentCharacters: [CURRENT, LONG, FAILED, SKIPPED, THORNHOOF, PALLYWAR],
    etaSeconds: 4,
  }),
  'progress-hours': progress({ totalCharacters: 36_000, processedCharacters: 12_345, etaSeconds: 11_000 }),
  'progress-completed': progress({
    status: 'completed',
    processedCharacters: 6,
    recentCharacters: [LONG, THORNHOOF, PALLYWAR],
  }),
  'progress-completed-with-failures': progress({
    status: 'completed',
    processedCharacters: 6,
    failedCharacters: 1,
    skippedCharacters: 1,
    recentCharacters: [FAILED, SKIPPED, LONG, THORNHOOF, PALLYWAR],
  }),
  'progress-completed-empty': progress({ status: 'completed', totalCharacters: 0, processedCharacters: 0 }),
  'progress-cancelled': progress({ status: 'cancelled', recentCharacters: [{ ...THORNHOOF, status: 'cancelled' }, PALLYWAR] }),
  'progress-failed': progress({ status: 'failed', error: 'Battle.net did not answer in time, so the sync was stopped.' }),
};

const FRESH: Facet = {
  state: 'current',
  reason: null,
  fetchedAt: minutesAgo(5),
  changedAt: minutesAgo(60 * 26),
  upstreamModifiedAt: minutesAgo(60 * 26),
  nextDueAt: minutesAgo(-60 * 24 * 20),
  attemptedAt: minutesAgo(5),
};
const UNTRIED: Facet = { state: 'pending', reason: null, fetchedAt: null, changedAt: null, upstreamModifiedAt: null, nextDueAt: null };
const ALL_FRESH = { profile: FRESH, media: FRESH, equipment: FRESH, specializations: FRESH };

/** A portrait nobody has to fetch. */
const PICTURE =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 84 84"><rect width="84" height="84" fill="#3a2a4a"/>' +
      '<circle cx="42" cy="34" r="17" fill="#d9b48c"/><path d="M10 84c3-24 18-30 32-30s29 6 32 30z" fill="#8c8f99"/></svg>',
  );

export function character(of: Partial<Character> = {}): Character {
  return {
    id: 'gallery',
    battleNetId: 1,
    name: 'Pallywar',
    realm: 'old-blanchy',
    realmName: 'Old Blanchy',
    region: 'eu',
    gameVersion: 'retail',
    template: 'wow',
    level: 80,
    characterClass: { id: 2, name: 'Paladin' },
    race: { id: 1, name: 'Human' },
    gender: 'FEMALE',
    faction: 'ALLIANCE',
    guild: 'Mithril Order',
    itemLevel: 684,
    avatarUrl: PICTURE,
    activeSpec: { id: 66, name: 'Protection' },
    isActive: true,
    createdAt: minutesAgo(60 * 24 * 40),
    updatedAt: minutesAgo(5),
    lastLoginAt: minutesAgo(60 * 26),
    facets: ALL_FRESH,
    ...of,
  };
}

const bare: Partial<Character> = { avatarUrl: null, guild: null, activeSpec: null, itemLevel: null };

/** Every state of a card, by name. */
export const CARDS: Record<string, Character> = {
  'card-fresh': character(),
  'card-no-picture': character({ avatarUrl: null, faction: 'HORDE', characterClass: { id: 9, name: 'Warlock' } }),
  'card-light': character({ ...bare, facets: { profile: UNTRIED, media: UNTRIED, equipment: UNTRIED } }),
  'card-neutral': character({ ...bare, name: 'Wanderer', faction: 'NEUTRAL', race: { id: 24, name: 'Pandaren' }, level: 1 }),
  'card-unknown': character({ ...bare, name: 'Someone', level: 0, characterClass: { id: 99, name: null }, race: { id: null, name: null }, faction: null }),
  'card-long-names': character({
    name: 'Æthelrædwynnþorn',
    guild: 'The Most Honourable Order of the Silver Hand of Northshire',
    race: { id: 37, name: 'Mechagnome' },
    characterClass: { id: 12, name: 'Demon Hunter' },
    activeSpec: { id: 581, name: 'Vengeance' },
  }),
  'card-missing': character({
    ...bare,
    facets: { ...ALL_FRESH, equipment: { ...UNTRIED, state: 'absent', reason: 'below_level_10' }, specializations: { ...UNTRIED, state: 'absent', reason: 'below_level_10' } },
    level: 7,
  }),
  'card-old': character({
    facets: { ...ALL_FRESH, equipment: { ...FRESH, state: 'failed', reason: 'upstream_unavailable', fetchedAt: minutesAgo(60 * 50) } },
  }),
  'card-not-found': character({
    ...bare,
    facets: { profile: { ...UNTRIED, state: 'failed', reason: 'not_found' }, media: UNTRIED },
  }),
  'card-archived': character({ isActive: false, archivedAt: minutesAgo(60 * 24 * 3) }),
};

export const CLASSES: Character[] = (
  ['Warrior', 'Paladin', 'Hunter', 'Rogue', 'Priest', 'Death Knight', 'Shaman', 'Mage', 'Warlock', 'Monk', 'Druid', 'Demon Hunter', 'Evoker'] as const
).map((name, index) =>
  character({ id: name, name, avatarUrl: null, guild: null, activeSpec: null, characterClass: { id: index + 1, name }, faction: index % 2 ? 'HORDE' : 'ALLIANCE' }),
);

export function item(slot: string, quality: string, of: Partial<EquippedItem> = {}): EquippedItem {
  return {
    slot,
    itemId: 1,
    name: `${quality.charAt(0)}${quality.slice(1).toLowerCase()} ${slot.toLowerCase().replace('_', ' ')}`,
    quality,
    itemLevel: 678,
    enchantments: [],
    gems: [],
    emptySockets: 0,
    setId: null,
    ...of,
  };
}

const GEAR: EquippedItem[] = [
  item('HEAD', 'EPIC', { gems: [{ itemId: 1, name: 'Culminating Blasphemite' }], emptySockets: 1 }),
  item('NECK', 'LEGENDARY'),
  item('SHOULDER', 'RARE'),
  item('BACK', 'EPIC', { enchantments: [{ id: 1, text: 'Enchanted: Chant of Winged Grace' }] }),
  item('CHEST', 'UNCOMMON'),
  item('SHIRT', 'POOR', { itemLevel: 1 }),
  item('WRIST', 'ARTIFACT'),
  item('HANDS', 'HEIRLOOM'),
  item('WAIST', 'COMMON'),
  item('LEGS', 'EPIC', { name: null }),
  item('FINGER_1', 'EPIC', { gems: [{ itemId: 7, name: null }] }),
  item('MAIN_HAND', 'EPIC', { enchantments: [{ id: 2, text: null }] }),
];

export function detail(of: Partial<CharacterDetail> = {}): CharacterDetail {
  return {
    ...character(),
    title: '{name} the Patient',
    facets: ALL_FRESH,
    equipment: { items: GEAR, itemLevel: 684 },
    specializations: {
      active: { id: 66, name: 'Protection' },
      specs: [
        {
          group: 0,
          isActive: true,
          id: 66,
          name: 'Protection',
          spentPoints: null,
          loadoutCode: 'CIEAjXkW1sWdaQYvz0Zf2gjX4YYAAAwMzYMjZmZmZzMzMLAAAAAAAAAAAA',
          heroTree: 'Templar',
          talents: [
            { id: 1, name: 'Avenger’s Shield', rank: 1 },
            { id: 2, name: 'Redoubt', rank: 2 },
            { id: 3, name: null, rank: 1 },
          ],
          pvpTalents: [{ id: 4, name: 'Guarded by the Light' }],
          glyphs: [{ id: 5, name: 'Glyph of Pillar of Light' }],
        },
        { group: 0, isActive: false, id: 65, name: 'Holy', spentPoints: null, loadoutCode: null, heroTree: null, talents: [], pvpTalents: [], glyphs: [] },
      ],
    },
    ...of,
  };
}

/** Every state of a character's page, by name. */
export const DETAILS: Record<string, CharacterDetail> = {
  'character-full': detail(),
  'character-partial': detail({
    equipment: null,
    facets: { ...ALL_FRESH, equipment: { ...UNTRIED, state: 'failed', reason: 'upstream_unavailable' }, media: { ...UNTRIED, state: 'absent', reason: 'not_found' } },
    avatarUrl: null,
  }),
  'character-old': detail({
    facets: { ...ALL_FRESH, specializations: { ...FRESH, state: 'failed', reason: 'hidden', fetchedAt: minutesAgo(60 * 24 * 9) } },
  }),
  'character-bare': detail({
    ...bare,
    title: null,
    equipment: { items: [], itemLevel: null },
    specializations: { active: null, specs: [] },
    facets: { profile: FRESH, media: UNTRIED, equipment: FRESH, specializations: FRESH },
  }),
  'character-archived': detail({ isActive: false, archivedAt: minutesAgo(60 * 24 * 3), equipment: null, specializations: null }),
};

export function session(of: Partial<SessionSummary> = {}): SessionSummary {
  const { characters: _, recentCharacters: __, currentCharacter: ___, error: ____, paused: _____, ...counters } = progress({ status: 'completed', processedCharacters: 6 });
  return { ...counters, region: 'eu', kind: 'account', startedAt: minutesAgo(9), completedAt: minutesAgo(8), ...of };
}

export const SESSIONS: SessionSummary[] = [
  session({ sessionId: 'running', status: 'processing', processedCharacters: 3, progressPercentage: 50 }),
  session({ sessionId: 'completed' }),
  session({ sessionId: 'with-failures', failedCharacters: 1, skippedCharacters: 2, kind: 'retry' }),
  session({ sessionId: 'one', kind: 'character', totalCharacters: 1, processedCharacters: 1 }),
  session({ sessionId: 'empty', totalCharacters: 0, processedCharacters: 0, gameVersion: 'classic_sod', kind: 'scheduled' }),
  session({ sessionId: 'cancelled', status: 'cancelled', processedCharacters: 2, progressPercentage: 33 }),
  session({ sessionId: 'failed', status: 'failed', processedCharacters: 2, error: 'The sync took too long.' }),
];

export const SNAPSHOT: Snapshot = {
  ...session({ sessionId: 'with-failures', failedCharacters: 1, skippedCharacters: 1 }),
  characters: PEOPLE.map(({ id, name, realm, status, reason }, index) => ({
    id,
    jobId: index + 1,
    name,
    realm,
    status,
    attempts: 1,
    ...(reason !== undefined && { reason: reason as NonNullable<Snapshot['characters'][number]['reason']> }),
  })),
};

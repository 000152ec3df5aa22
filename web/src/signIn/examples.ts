/** Characters nobody plays, for the picture beside the sign-in. */
import type { Character } from '../api/types';

const JUST_NOW = new Date().toISOString();

function example(of: Pick<Character, 'id' | 'name' | 'characterClass' | 'race' | 'faction'> & Partial<Character>): Character {
  const fresh = { state: 'current', reason: null, fetchedAt: JUST_NOW, changedAt: null, upstreamModifiedAt: null, nextDueAt: null } as const;
  return {
    battleNetId: 0,
    realm: 'old-blanchy',
    realmName: 'Old Blanchy',
    region: 'eu',
    gameVersion: 'retail',
    template: 'wow',
    level: 80,
    gender: null,
    isActive: true,
    createdAt: JUST_NOW,
    updatedAt: JUST_NOW,
    facets: { profile: fresh },
    ...of,
  };
}

export const EXAMPLES: readonly Character[] = [
  example({
    id: 'example-1',
    name: 'Pallywar',
    characterClass: { id: 2, name: 'Paladin' },
    race: { id: 1, name: 'Human' },
    activeSpec: { id: 66, name: 'Protection' },
    faction: 'ALLIANCE',
    guild: 'Mithril Order',
    itemLevel: 684,
  }),
  example({
    id: 'example-2',
    name: 'Thornhoof',
    characterClass: { id: 11, name: 'Druid' },
    race: { id: 6, name: 'Tauren' },
    activeSpec: { id: 105, name: 'Restoration' },
    faction: 'HORDE',
    guild: 'Night Shift',
    itemLevel: 671,
  }),
  example({
    id: 'example-3',
    name: 'Zil’kesh',
    characterClass: { id: 8, name: 'Mage' },
    race: { id: 8, name: 'Troll' },
    activeSpec: { id: 64, name: 'Frost' },
    faction: 'HORDE',
    itemLevel: 659,
  }),
];

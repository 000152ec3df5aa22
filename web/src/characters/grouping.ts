/** Which characters are shown, in which order and under which heading. Pure. */
import type { Character, GameVersion, Group } from '../api/types';

export interface Filter {
  /** Part of a name, realm, guild, class or spec, or of what the player says of it; upper or lower case, with or without accents. */
  text: string;
  gameVersion: string;
  region: string;
  /** A group's id; empty for all. */
  group: string;
  archived: boolean;
  /** Those the player hid as well. */
  hidden: boolean;
}

export const EVERYTHING: Filter = { text: '', gameVersion: '', region: '', group: '', archived: false, hidden: false };

export type Order = 'level' | 'itemLevel' | 'name' | 'updated';

export interface RealmGroup {
  key: string;
  realmName: string;
  region: string;
  characters: Character[];
}

export interface VersionGroup {
  gameVersion: string;
  name: string;
  total: number;
  realms: RealmGroup[];
}

/** Return a realm as a person writes it: its name, else its slug made readable. */
export function realmName({ realm, realmName: name }: { realm: string; realmName?: string | null }): string {
  if (name) return name;
  return realm
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');
}

/** Return what is searched and compared: without case and accents. */
function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

function isShown(character: Character, filter: Filter, words: string[], groups: readonly Group[]): boolean {
  if (!filter.archived && !character.isActive) return false;
  if (!filter.hidden && character.mine?.isHidden) return false;
  if (filter.gameVersion && character.gameVersion !== filter.gameVersion) return false;
  if (filter.region && character.region !== filter.region) return false;
  const within = groups.filter(({ members }) => members.includes(character.id));
  if (filter.group && !within.some(({ id }) => id === filter.group)) return false;
  const { name, guild, characterClass, race, activeSpec, mine } = character;
  const said = [mine?.displayName, mine?.note, ...within.map((group) => group.name)];
  const about = folded(
    [name, realmName(character), guild, characterClass.name, race.name, activeSpec?.name, ...said].filter(Boolean).join(' '),
  );
  return words.every((word) => about.includes(word));
}

export function shown(characters: readonly Character[], filter: Filter, groups: readonly Group[] = []): Character[] {
  const words = folded(filter.text).split(/\s+/).filter(Boolean);
  return characters.filter((character) => isShown(character, filter, words, groups));
}

const byName = new Intl.Collator(undefined, { sensitivity: 'base' }).compare;

const COMPARE: Record<Order, (a: Character, b: Character) => number> = {
  level: (a, b) => b.level - a.level || (b.itemLevel ?? 0) - (a.itemLevel ?? 0),
  itemLevel: (a, b) => (b.itemLevel ?? 0) - (a.itemLevel ?? 0) || b.level - a.level,
  name: () => 0,
  updated: (a, b) => b.updatedAt.localeCompare(a.updatedAt),
};

/** Return the characters by game version, in the service's order of versions, and realm; the fullest realm first. */
export function grouped(
  characters: readonly Character[],
  versions: readonly GameVersion[],
  order: Order = 'level',
): VersionGroup[] {
  const realmsOf = new Map<string, Map<string, RealmGroup>>();
  const sorted = [...characters].sort((a, b) => COMPARE[order](a, b) || byName(a.name, b.name));
  for (const character of sorted) {
    const realms = realmsOf.get(character.gameVersion) ?? new Map<string, RealmGroup>();
    realmsOf.set(character.gameVersion, realms);
    const key = `${character.region}/${character.realm}`;
    const realm = realms.get(key) ?? { key, realmName: realmName(character), region: character.region, characters: [] };
    realms.set(key, realm);
    realm.characters.push(character);
  }
  const known = versions.map(({ id }) => id);
  const unknown = [...realmsOf.keys()].filter((id) => !known.includes(id));
  return [...known, ...unknown].flatMap((gameVersion) => {
    const realms = [...(realmsOf.get(gameVersion)?.values() ?? [])];
    if (realms.length === 0) return [];
    realms.sort((a, b) => b.characters.length - a.characters.length || byName(a.realmName, b.realmName));
    return {
      gameVersion,
      name: versions.find(({ id }) => id === gameVersion)?.name ?? gameVersion,
      total: realms.reduce((sum, realm) => sum + realm.characters.length, 0),
      realms,
    };
  });
}

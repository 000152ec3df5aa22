/** Which characters belong together. Pure. */
import type { Character, Group } from '../api/types';
import { shown, EVERYTHING } from '../characters/grouping';

/** A group, seen from one of its characters. */
export interface CardGroup {
  id: string;
  name: string;
  isMain: boolean;
}

/** Return the groups of each character that is in any, by the character's id. */
export function groupsByCharacter(groups: readonly Group[]): Map<string, CardGroup[]> {
  const found = new Map<string, CardGroup[]>();
  for (const { id, name, main, members } of groups) {
    for (const member of members) {
      found.set(member, [...(found.get(member) ?? []), { id, name, isMain: member === main }]);
    }
  }
  return found;
}

/** Return a group's characters, the main first; what is no longer held is left out. */
export function membersOf({ main, members }: Group, held: ReadonlyMap<string, Character>): Character[] {
  const found = members.flatMap((id) => held.get(id) ?? []);
  return found.sort((a, b) => Number(b.id === main) - Number(a.id === main) || b.level - a.level);
}

/** Return the first few characters that match what is typed and are not in the group yet. */
export function candidates(characters: readonly Character[], { members }: Group, text: string, most: number): Character[] {
  if (text.trim() === '') return [];
  const others = characters.filter(({ id }) => !members.includes(id));
  return shown(others, { ...EVERYTHING, text, archived: true, hidden: true }).slice(0, most);
}

/** Where worn items stand on the doll. Pure. */
import type { EquippedItem } from '../api/types';

export interface Slot {
  /** Battle.net's name of the slot. */
  slot: string;
  label: string;
  item: EquippedItem | null;
}

export interface Doll {
  left: Slot[];
  right: Slot[];
  weapons: Slot[];
  /** Slots this page does not know: shown all the same. */
  others: Slot[];
}

const LEFT = ['HEAD', 'NECK', 'SHOULDER', 'BACK', 'CHEST', 'SHIRT', 'TABARD', 'WRIST'];
const RIGHT = ['HANDS', 'WAIST', 'LEGS', 'FEET', 'FINGER_1', 'FINGER_2', 'TRINKET_1', 'TRINKET_2'];
const WEAPONS = ['MAIN_HAND', 'OFF_HAND', 'RANGED'];
const LABELS: Record<string, string> = {
  SHOULDER: 'Shoulders',
  WRIST: 'Wrists',
  FINGER_1: 'First ring',
  FINGER_2: 'Second ring',
  TRINKET_1: 'First trinket',
  TRINKET_2: 'Second trinket',
};
/** Only some classes and versions have something there: empty, they are not shown. */
const SHOWN_WHEN_WORN = new Set(['SHIRT', 'TABARD', 'RANGED', 'OFF_HAND']);

export function slotLabel(slot: string): string {
  return LABELS[slot] ?? slot.charAt(0) + slot.slice(1).toLowerCase().replaceAll('_', ' ');
}

/** Return every slot with what is worn in it, as the doll shows them. */
export function doll(items: readonly EquippedItem[]): Doll {
  const worn = new Map(items.map((item) => [item.slot, item]));
  const known = new Set([...LEFT, ...RIGHT, ...WEAPONS]);
  const place = (slots: readonly string[]): Slot[] =>
    slots.flatMap((slot) => {
      const item = worn.get(slot) ?? null;
      return item === null && SHOWN_WHEN_WORN.has(slot) ? [] : { slot, label: slotLabel(slot), item };
    });
  const others = items.filter(({ slot }) => !known.has(slot)).map(({ slot }) => slot);
  return { left: place(LEFT), right: place(RIGHT), weapons: place(WEAPONS), others: place(others) };
}

/** Return an enchantment's text without the words every one of them begins with, and without icons' escapes. */
export function enchantmentText(text: string | null): string {
  return (text ?? 'Enchanted')
    .replace(/\|A:[^|]*\|a/g, '')
    .replace(/^Enchanted:\s*/, '')
    .trim();
}

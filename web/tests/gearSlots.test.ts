import { describe, expect, it } from 'vitest';

import type { EquippedItem } from '../src/api/types';
import { doll, enchantmentText } from '../src/character/gearSlots';

const item = (slot: string): EquippedItem => ({
  slot,
  itemId: 1,
  name: slot,
  quality: 'EPIC',
  itemLevel: 1,
  enchantments: [],
  gems: [],
  emptySockets: 0,
  setId: null,
});

describe('the doll', () => {
  it('shows an empty slot where every character can wear something', () => {
    const { left, weapons } = doll([item('HEAD')]);
    expect(left.map(({ label, item: worn }) => [label, worn?.name ?? null])).toEqual([
      ['Head', 'HEAD'],
      ['Neck', null],
      ['Shoulders', null],
      ['Back', null],
      ['Chest', null],
      ['Wrists', null],
    ]);
    expect(weapons.map(({ slot }) => slot)).toEqual(['MAIN_HAND']);
  });

  it('shows a shirt, tabard, off hand or ranged weapon where one is worn', () => {
    const { left, weapons } = doll([item('SHIRT'), item('TABARD'), item('OFF_HAND'), item('RANGED')]);
    expect(left.map(({ slot }) => slot)).toEqual(expect.arrayContaining(['SHIRT', 'TABARD']));
    expect(weapons.map(({ slot }) => slot)).toEqual(['MAIN_HAND', 'OFF_HAND', 'RANGED']);
  });

  it('shows what is worn in a slot it has not heard of', () => {
    expect(doll([item('PROFESSION_TOOL')]).others.map(({ label }) => label)).toEqual(['Profession tool']);
  });
});

describe('an enchantment', () => {
  it.each([
    ['Enchanted: Chant of Winged Grace |A:Professions-ChatIcon-Quality-Tier3:20:20|a', 'Chant of Winged Grace'],
    ['+15 Agility', '+15 Agility'],
    [null, 'Enchanted'],
  ])('%s is said as “%s”', (text, words) => {
    expect(enchantmentText(text)).toBe(words);
  });
});

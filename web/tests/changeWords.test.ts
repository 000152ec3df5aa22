import { describe, expect, it } from 'vitest';

import { changeWords } from '../src/past/changeWords';
import type { CharacterDiff, FacetDiff, FieldChange, SpecializationChange } from '../src/api/types';
import { item } from '../src/gallery/fixtures';

type Facets = CharacterDiff['facets'];

const different = (of: Omit<FacetDiff, 'state'>): FacetDiff => ({ state: 'different', ...of });
const said = (facets: Facets): string[] => changeWords({ facets }).flatMap(({ lines }) => lines.map(({ what, words }) => `${what}: ${words}`));
const field = (name: string, before: unknown, after: unknown): string[] =>
  said({ profile: different({ fields: [{ field: name, before, after }] }) });
const spec = (of: Partial<SpecializationChange>): string[] =>
  said({
    specializations: different({
      specializations: [{ group: 0, specialization: { id: 66, name: 'Protection' }, fields: [], talents: [], pvpTalents: [], glyphs: [], ...of }],
    }),
  });

describe('gear', () => {
  const worn = item('HEAD', 'EPIC', { itemId: 1, name: 'Helm of Dawn', itemLevel: 678 });
  const slot = (before: typeof worn | null, after: typeof worn | null): string[] => said({ equipment: different({ slots: [{ slot: 'FINGER_1', before, after }] }) });

  it('says what was taken off for what', () => {
    expect(slot(worn, { ...worn, itemId: 2, name: 'Helm of Dusk', itemLevel: 684 })).toEqual([
      'First ring: Helm of Dusk (item level 684), was Helm of Dawn (item level 678)',
    ]);
  });

  it('says that a slot was empty or is', () => {
    expect([...slot(null, worn), ...slot(worn, null)]).toEqual([
      'First ring: Helm of Dawn (item level 678), was empty',
      'First ring: empty now, was Helm of Dawn (item level 678)',
    ]);
  });

  it('says what was done to a piece that was kept on', () => {
    const better = { ...worn, itemLevel: 681, enchantments: [{ id: 1, text: 'Enchanted: Radiance' }], emptySockets: 1 };
    expect(slot(worn, better)).toEqual([
      'First ring: Helm of Dawn: item level 681, was 678; enchantment Radiance, was none; empty sockets 1, was 0',
    ]);
  });

  it('does not claim a difference that cannot be seen', () => {
    expect(slot(worn, { ...worn, setId: 9 })).toEqual(['First ring: Helm of Dawn: another piece of the same kind']);
  });
});

describe('talents', () => {
  const talent = (name: string, rank: number): { id: null; name: string; rank: number } => ({ id: null, name, rank });

  it('names the new, the gone and the otherwise ranked', () => {
    const talents = [
      { name: 'Redoubt', before: talent('Redoubt', 1), after: talent('Redoubt', 2) },
      { name: 'Shield', before: null, after: talent('Shield', 1) },
      { name: 'Zeal', before: null, after: talent('Zeal', 3) },
      { name: '99', before: { id: 99, name: null, rank: 1 }, after: null },
    ];
    expect(spec({ talents })).toEqual([
      'Protection: new talents: Shield, Zeal (rank 3)',
      'Protection: talents gone: number 99',
      'Protection: talents changed: Redoubt (rank 2), was rank 1',
    ]);
  });

  it('says of a specialization that is gone only that', () => {
    const fields: FieldChange[] = [{ field: 'id', before: 66, after: null }, { field: 'isActive', before: false, after: null }];
    expect(spec({ fields, talents: [{ name: 'Zeal', before: talent('Zeal', 3), after: null }] })).toEqual(['Protection: no longer there']);
  });

  it('does not print a loadout code', () => {
    expect(spec({ fields: [{ field: 'loadoutCode', before: 'CIEA', after: 'CIEB' }] })).toEqual(['Protection: another loadout code']);
  });

  it('says which specialization is in use', () => {
    expect(spec({ fields: [{ field: 'isActive', before: false, after: true }] })).toEqual(['Protection: in use now']);
  });
});

describe('a profile', () => {
  it.each<[string, unknown, unknown, string]>([
    ['level', 79, 80, 'Level: 80, was 79'],
    ['itemLevel', null, 684, 'Item level: now 684'],
    ['guild', 'Old Guard', null, 'Guild: none now, was Old Guard'],
    ['faction', 'ALLIANCE', 'HORDE', 'Faction: Horde, was Alliance'],
    ['activeSpec', { id: 65, name: 'Holy' }, { id: 66, name: null }, 'Specialization: number 66, was Holy'],
    ['realm', { id: 1, slug: 'draenor', name: 'Draenor' }, { id: 2, slug: 'azshara', name: null }, 'Realm: azshara, was Draenor'],
    ['somethingNew', 1, 2, 'Something new: 2, was 1'],
  ])('says %s from %j to %j', (name, before, after, words) => {
    expect(field(name, before, after)).toEqual([words]);
  });
});

it('says once that another specialization is in use', () => {
  const change = (field: string): FacetDiff => different({ fields: [{ field, before: { id: 65, name: 'Holy' }, after: { id: 66, name: 'Protection' } }] });
  expect(said({ profile: change('activeSpec'), specializations: change('active') })).toEqual(['Specialization: Protection, was Holy']);
});

it('leaves out what is the same or of which nothing older is known', () => {
  expect(changeWords({ facets: { profile: { state: 'same' }, equipment: { state: 'unknown' } } })).toEqual([]);
});

it('tells gear first, and of a picture only that it is another', () => {
  const facets: Facets = {
    media: different({ fields: [{ field: 'avatarUrl', before: 'a', after: 'b' }, { field: 'assets', before: {}, after: {} }] }),
    equipment: different({ slots: [{ slot: 'HEAD', before: null, after: item('HEAD', 'EPIC') }] }),
  };
  const changes = changeWords({ facets });
  expect(changes.map(({ name }) => name)).toEqual(['Gear', 'Picture']);
  expect(changes[1]!.lines).toEqual([{ what: 'Picture', words: 'another one' }]);
});

import { describe, expect, it } from 'vitest';

import { EVERYTHING, grouped, realmName, shown } from '../src/characters/grouping';
import { character, VERSIONS } from '../src/gallery/fixtures';

const names = (found: { name: string }[]): string[] => found.map(({ name }) => name);

describe('the groups', () => {
  it('stand in the service’s order of versions, then by how many a realm has', () => {
    const groups = grouped(
      [
        character({ name: 'A', gameVersion: 'classic_era' }),
        character({ name: 'B', realm: 'draenor', realmName: 'Draenor' }),
        character({ name: 'C' }),
        character({ name: 'D' }),
      ],
      VERSIONS,
    );
    expect(groups.map(({ name, total, realms }) => [name, total, realms.map((realm) => realm.realmName)])).toEqual([
      ['Retail', 3, ['Old Blanchy', 'Draenor']],
      ['Classic Era', 1, ['Old Blanchy']],
    ]);
  });

  it('keep the same realm of two regions apart', () => {
    const [group] = grouped([character({ region: 'eu' }), character({ region: 'us' })], VERSIONS);
    expect(group?.realms).toHaveLength(2);
  });

  it('show a version the service no longer names', () => {
    const [group] = grouped([character({ gameVersion: 'classic_hardcore' })], VERSIONS);
    expect(group?.name).toBe('classic_hardcore');
  });

  it.each([
    ['level', ['High', 'Strong', 'Weak']],
    ['itemLevel', ['Strong', 'Weak', 'High']],
    ['name', ['High', 'Strong', 'Weak']],
    ['updated', ['Weak', 'High', 'Strong']],
  ] as const)('are ordered by %s', (order, expected) => {
    const characters = [
      character({ name: 'Weak', level: 70, itemLevel: 400, updatedAt: '2026-03-01T00:00:00Z' }),
      character({ name: 'High', level: 80, itemLevel: null, updatedAt: '2026-02-01T00:00:00Z' }),
      character({ name: 'Strong', level: 70, itemLevel: 500, updatedAt: '2026-01-01T00:00:00Z' }),
    ];
    const [group] = grouped(characters, VERSIONS, order);
    expect(names(group?.realms[0]?.characters ?? [])).toEqual(expected);
  });
});

describe('the filter', () => {
  const one = character({ name: 'Röschen', guild: 'Les Égarés', realmName: 'Confrérie du Thorium' });
  const other = character({ name: 'Йорик', guild: null, characterClass: { id: 12, name: 'Demon Hunter' } });

  it.each([
    ['roschen', ['Röschen']],
    ['EGARES', ['Röschen']],
    ['confrerie thorium', ['Röschen']],
    ['йор', ['Йорик']],
    ['demon', ['Йорик']],
    ['paladin', ['Röschen']],
    ['protection', ['Röschen', 'Йорик']],
    ['nobody', []],
    ['', ['Röschen', 'Йорик']],
  ])('finds by “%s”', (text, expected) => {
    expect(names(shown([one, other], { ...EVERYTHING, text }))).toEqual(expected);
  });

  it('leaves archived characters out unless asked', () => {
    const gone = character({ name: 'Gone', isActive: false });
    expect(shown([gone], EVERYTHING)).toEqual([]);
    expect(names(shown([gone], { ...EVERYTHING, archived: true }))).toEqual(['Gone']);
  });

  it('narrows to a version and a region', () => {
    const far = character({ region: 'us', gameVersion: 'classic_sod', name: 'Far' });
    expect(names(shown([one, far], { ...EVERYTHING, region: 'us' }))).toEqual(['Far']);
    expect(names(shown([one, far], { ...EVERYTHING, gameVersion: 'classic_sod' }))).toEqual(['Far']);
  });
});

it('makes a realm slug readable where there is no name', () => {
  expect(realmName({ realm: 'old-blanchy', realmName: null })).toBe('Old Blanchy');
});

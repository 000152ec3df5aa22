import { describe, expect, it } from 'vitest';

import { EVERYTHING, shown } from '../src/characters/grouping';
import { GROUP, MEMBERS, SAID } from '../src/gallery/groupFixtures';
import { candidates, groupsByCharacter, membersOf } from '../src/groups/membership';
import { mineChange, mineDraft } from '../src/groups/mineWords';

const held = new Map(MEMBERS.map((one) => [one.id, one]));

describe('a group', () => {
  it('shows its main first and leaves out who is no longer held', () => {
    expect(membersOf({ ...GROUP, members: [...GROUP.members, 'gone'] }, held)[0]!.id).toBe(GROUP.main);
    expect(membersOf({ ...GROUP, members: ['gone'] }, held)).toEqual([]);
  });

  it('is known by each of its characters, and so is its main', () => {
    const found = groupsByCharacter([GROUP]);
    expect(found.get(GROUP.main!)).toEqual([{ id: GROUP.id, name: 'Main and alts', isMain: true }]);
    expect(found.get(MEMBERS[3]!.id)).toBeUndefined();
  });

  it('offers who matches and is not in it', () => {
    expect(candidates(MEMBERS, GROUP, 'rogue', 6).map(({ id }) => id)).toEqual([MEMBERS[3]!.id]);
    expect(candidates(MEMBERS, GROUP, 'warrior', 6)).toEqual([]);
    expect(candidates(MEMBERS, GROUP, ' ', 6)).toEqual([]);
  });

  it('can be searched for and shown alone', () => {
    expect(shown(MEMBERS, { ...EVERYTHING, text: 'alts' }, [GROUP])).toHaveLength(3);
    expect(shown(MEMBERS, { ...EVERYTHING, group: GROUP.id }, [GROUP])).toHaveLength(3);
  });
});

describe('what a player says of a character', () => {
  const from = mineDraft(SAID);

  it('changes only what they changed', () => {
    expect(mineChange(from, from)).toEqual({});
    expect(mineChange(from, { ...from, role: 'healer' })).toEqual({ role: 'healer' });
  });

  it('goes back to Battle.net’s where it is emptied', () => {
    expect(mineChange(from, { ...from, displayName: ' ', role: '' })).toEqual({ displayName: null, role: null });
  });

  it('hides it in the list, but not from who looks for hidden ones', () => {
    const hidden = [{ ...MEMBERS[0]!, mine: { ...SAID, isHidden: true } }];
    expect(shown(hidden, EVERYTHING)).toEqual([]);
    expect(shown(hidden, { ...EVERYTHING, hidden: true })).toHaveLength(1);
  });

  it('is searched too', () => {
    expect(shown([{ ...MEMBERS[0]!, mine: SAID }], { ...EVERYTHING, text: 'wall tier' })).toHaveLength(1);
  });
});

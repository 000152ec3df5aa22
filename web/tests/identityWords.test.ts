import { describe, expect, it } from 'vitest';

import type { Evidence } from '../src/api/types';
import { character } from '../src/gallery/fixtures';
import { decision } from '../src/gallery/identityFixtures';
import { deciderWords, decisionWords, likelihood, namesOf, parties, weighed } from '../src/identity/identityWords';

const NAMES = namesOf([character()]);
const fact = (code: string, favours: boolean, old: string | null = null, now: string | null = old): Evidence => ({ code, favours, old, new: now });

describe('how sure it is', () => {
  it.each([
    [0.99, 'practically certain'],
    [0.9, 'very likely'],
    [0.65, 'likely'],
    [0.4, 'possible'],
  ])('calls %d “%s”', (confidence, words) => {
    expect(likelihood(confidence)).toBe(words);
  });
});

describe('the two characters', () => {
  it('are told from what the decision holds, even when one of them is no more', () => {
    const [older, newer] = parties(decision(), NAMES);
    expect([older.name, older.realm, newer.realm]).toEqual(['Pallywar', 'Old Blanchy', 'Firemaw']);
    expect(older.classId).toBe(2);
    expect(older.what).toBe('Level 60 Human Paladin');
  });

  it('leave out the level that nobody knows', () => {
    const [older] = parties({ evidence: [fact('name', true, 'Pallywar'), fact('level', true, '0')] }, NAMES);
    expect(older.what).toBe('');
  });
});

describe('what speaks for and against', () => {
  it('begins with what weighs most', () => {
    const { same } = weighed([fact('gender', true), fact('name', true, 'Pallywar'), fact('achievements', true)], NAMES);
    expect(same).toEqual([
      'Its own achievements are there, each with the time it had.',
      'Both are called Pallywar.',
      'The same gender.',
    ]);
  });

  it('names realms, levels and classes as players do', () => {
    const { same, different } = weighed(
      [fact('class', true, '2'), fact('realm', false, 'old-blanchy', 'firemaw'), fact('level', true, '60', '62')],
      NAMES,
    );
    expect(different).toEqual(['One was on Old Blanchy, the other is on Firemaw.']);
    expect(same).toEqual(['Level 60 before, 62 now.', 'The same class: Paladin.']);
  });

  it('does without a name for a race nobody of the player’s has', () => {
    expect(weighed([fact('race', false, '99', '98')], NAMES).different).toEqual(['Another race.']);
  });

  it('passes a newer service’s evidence on', () => {
    expect(weighed([fact('guild_rank', true)], NAMES).same).toEqual(['guild rank: the same.']);
  });
});

describe('what was decided', () => {
  it.each([
    ['transferred', 'Pallywar of Old Blanchy went to Firemaw.'],
    ['changed_sides', 'Pallywar of Old Blanchy changed sides.'],
    ['renumbered', 'Pallywar of Old Blanchy got another number at Battle.net.'],
  ])('says of %s: %s', (kind, words) => {
    expect(decisionWords(decision({ kind, isSame: true }), NAMES)).toBe(words);
  });

  it('says that two are two', () => {
    expect(decisionWords(decision({ isSame: false }), NAMES)).toBe('Pallywar of Old Blanchy and Pallywar of Firemaw are two.');
  });

  it('says that a namesake in the same place is another one', () => {
    const evidence = [fact('name', true, 'Pallywar'), fact('realm', true, 'firemaw')];
    expect(decisionWords(decision({ isSame: false, kind: 'recreated', evidence }), NAMES)).toBe(
      'The Pallywar of Firemaw of now is another one than before.',
    );
  });

  it('says by whom', () => {
    expect(deciderWords(decision({ status: 'applied', decidedBy: 'auto', confidence: 0.97 }))).toBe('Found by itself, practically certain');
    expect(deciderWords(decision({ status: 'applied', decidedBy: 'player' }))).toBe('You said so');
    expect(deciderWords(decision({ status: 'undone', decidedBy: 'player' }))).toBe('You took back that they are one');
  });
});

import { describe, expect, it } from 'vitest';

import { PLANS } from '../src/gallery/changeFixtures';
import { planSections, planSummary } from '../src/sync/planWords';

describe('a plan', () => {
  it('has a section for each thing that would happen, and none for what would not', () => {
    expect(planSections(PLANS['plan-everything']!).map(({ name, lines }) => [name, lines.length])).toEqual([
      ['create', 14],
      ['reidentify', 1],
      ['ask', 1],
      ['update', 1],
      ['reactivate', 1],
      ['archive', 1],
    ]);
  });

  it('says what would be another than now', () => {
    const [update] = planSections(PLANS['plan-everything']!).filter(({ name }) => name === 'update');
    expect(update!.lines.map(({ words }) => words)).toEqual(['level 79 → 80, name Pally → Pallywar']);
  });

  it('says where a character would come from', () => {
    const [same] = planSections(PLANS['plan-everything']!).filter(({ name }) => name === 'reidentify');
    expect(same!.lines.map(({ words }) => words)).toEqual(['was on Draenor']);
  });

  it('is told in a sentence', () => {
    expect(planSummary(PLANS['plan-no-change']!)).toBe('2 characters would stay as listed; their details would be refreshed.');
    expect(planSummary(PLANS['plan-withheld']!)).toBe('Missing, and left alone for now: 1.');
  });
});

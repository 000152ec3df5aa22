import { describe, expect, it } from 'vitest';

import type { Step } from '../src/api/types';
import { drawing, HEIGHT, rows, summary, WIDTH } from '../src/past/steps';

const day = (number: number): string => new Date(Date.UTC(2026, 10, number, 12)).toISOString();
const step = (value: number, ...seen: [number, number][]): Step => ({
  value,
  seen: seen.map(([from, to]) => ({ firstSeenAt: day(from), lastSeenAt: day(to) })),
});

describe('drawing', () => {
  const plan = drawing([step(671, [1, 5], [8, 9]), step(684, [9, 11])])!;

  it('draws a line for each span in which a value was seen, and none where nothing is known', () => {
    expect(plan.lines).toHaveLength(3);
    expect(plan.gaps).toHaveLength(1);
    const [first, second] = plan.lines;
    expect(plan.gaps[0]!.x).toBeCloseTo(first!.x + first!.width);
    expect(plan.gaps[0]!.x + plan.gaps[0]!.width).toBeCloseTo(second!.x);
  });

  it('draws higher values higher', () => {
    expect(plan.lines[2]!.y).toBeLessThan(plan.lines[0]!.y);
    expect(plan.lines[0]!.y).toBe(plan.lines[1]!.y);
  });

  it('stays inside its frame', () => {
    for (const { x, y, width } of plan.lines) {
      expect(x).toBeGreaterThan(0);
      expect(x + width).toBeLessThan(WIDTH);
      expect(y).toBeGreaterThan(0);
      expect(y).toBeLessThan(HEIGHT);
    }
  });

  it('shows a gap that is too short to be seen', () => {
    const short = drawing([
      step(671, [1, 300]),
      { value: 684, seen: [{ firstSeenAt: new Date(Date.parse(day(300)) + 1000).toISOString(), lastSeenAt: day(365) }] },
    ])!;
    expect(short.gaps[0]!.width).toBeGreaterThanOrEqual(3);
  });

  it('puts a single sight in the middle', () => {
    expect(drawing([step(684, [3, 3])])!.lines).toEqual([{ x: WIDTH / 2, y: HEIGHT / 2, width: 0 }]);
  });

  it('draws nothing of nothing', () => {
    expect(drawing([])).toBeNull();
  });
});

describe('summary', () => {
  it('says where it began, where it is, and what is not known', () => {
    expect(summary('Item level', [step(671, [1, 5], [8, 9]), step(684, [9, 11])])).toMatch(
      /^Item level: 671 on .*, 684 on .*; lowest 671, highest 684\. Not known in 1 gap between\.$/,
    );
  });

  it('says that a value never was another', () => {
    expect(summary('Level', [step(60, [1, 5])])).toMatch(/^Level: 60 whenever it was seen, from .* to .*\.$/);
  });

  it('says that nothing is known', () => {
    expect(summary('Level', [])).toBe('Level: not known');
  });
});

it('tells the gaps between the rows, newest first', () => {
  expect(rows([step(671, [1, 5]), step(684, [9, 11])]).map(({ value }) => value)).toEqual([684, null, 671]);
});

import { describe, expect, it } from 'vitest';

import { ago, ahead, duration, explain, many, regionName } from '../src/words';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const before = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();

describe('ago', () => {
  it.each([
    [0, 'just now'],
    [44, 'just now'],
    [50, '1 min ago'],
    [5 * 60, '5 min ago'],
    [44 * 60, '44 min ago'],
    [50 * 60, '1 h ago'],
    [21 * 3600, '21 h ago'],
    [23 * 3600, 'yesterday'],
    [12 * 86400, '12 days ago'],
  ])('says %i seconds as “%s”', (seconds, words) => {
    expect(ago(before(seconds), NOW)).toBe(words);
  });

  it('gives the date of what is more than a month ago', () => {
    expect(ago(before(100 * 86400), NOW)).toMatch(/^on .*2026/);
  });

  it('does not pretend to know what is no time', () => {
    expect(ago('yesterday-ish', NOW)).toBe('at an unknown time');
  });

  it('takes a clock that is behind for now', () => {
    expect(ago(before(-30), NOW)).toBe('just now');
  });
});

describe('ahead', () => {
  it.each([
    [-5, 'now'],
    [10, 'in 1 min'],
    [5 * 60, 'in 5 min'],
    [3 * 3600, 'in 3 h'],
    [23 * 3600, 'tomorrow'],
    [20 * 86400, 'in 20 days'],
  ])('says %i seconds as “%s”', (seconds, words) => {
    expect(ahead(before(-seconds), NOW)).toBe(words);
  });
});

describe('duration', () => {
  it.each([
    [0.2, 'under a second'],
    [2, '2 s'],
    [200, '3 min 20 s'],
  ])('says %d seconds as “%s”', (seconds, words) => {
    expect(duration(before(seconds), new Date(NOW).toISOString())).toBe(words);
  });
});

describe('explain', () => {
  it('says why and what to do', () => {
    expect(explain('not_found')).toEqual({
      why: 'Battle.net lists this character but has no page of it.',
      remedy: 'Log in with the character, log out again, then refresh.',
    });
  });

  it('lets a reason of a newer service stand', () => {
    expect(explain('moon_phase')).toEqual({ why: 'moon phase' });
  });
});

it('counts in words', () => {
  expect([many(0, 'character'), many(1, 'character'), many(2, 'character')]).toEqual([
    '0 characters',
    '1 character',
    '2 characters',
  ]);
});

it('names a region it has not heard of by its code', () => {
  expect([regionName('eu'), regionName('xx')]).toEqual(['Europe', 'XX']);
});

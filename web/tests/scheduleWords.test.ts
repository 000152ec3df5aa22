import { describe, expect, it } from 'vitest';

import { schedule } from '../src/gallery/scheduleFixtures';
import { places } from '../src/schedules/places';
import { draftOf, lastWords, nextWords, ruleOf, ruleWords, timeZones, troubleWords } from '../src/schedules/scheduleWords';

const NOW = Date.parse('2026-11-25T12:00:00Z');
const FRESH = schedule({ mode: 'fresh_by', weekday: 'wednesday', time: '20:00', timeZone: 'Europe/Berlin' });

describe('a rule', () => {
  it.each([
    [undefined, 'only when you press Sync'],
    [schedule({ mode: 'off' }), 'only when you press Sync'],
    [schedule(), 'every day'],
    [schedule({ mode: 'hours', hours: 1 }), 'every hour'],
    [schedule({ mode: 'hours', hours: 6 }), 'every 6 hours'],
    [FRESH, 'fresh by Wednesday 20:00 (Europe/Berlin)'],
  ])('is said in words', (one, words) => {
    expect(ruleWords(one)).toBe(words);
  });

  it('goes through the form as it is', () => {
    expect(ruleOf(draftOf(FRESH, 'UTC'))).toEqual({ mode: 'fresh_by', weekday: 'wednesday', time: '20:00', timeZone: 'Europe/Berlin' });
    expect(ruleOf(draftOf(schedule(), 'UTC'))).toEqual({ mode: 'daily' });
  });

  it('begins in the player’s own time zone, off', () => {
    expect(draftOf(undefined, 'Asia/Seoul')).toMatchObject({ mode: 'off', timeZone: 'Asia/Seoul' });
  });

  it('of every 24 hours is daily, as the service says', () => {
    expect(ruleOf({ ...draftOf(undefined, 'UTC'), mode: 'hours', hours: '24' })).toEqual({ mode: 'daily' });
  });

  it('can show a time zone that the browser does not know', () => {
    expect(timeZones('Mars/Olympus')).toContain('Mars/Olympus');
  });
});

describe('a schedule', () => {
  it('says when it is next, and when it waits its turn', () => {
    expect(nextWords(schedule({ nextDueAt: '2026-11-25T15:00:00Z' }), NOW)).toMatch(/^Next in 3 h, on .+\.$/);
    expect(nextWords(schedule({ nextDueAt: '2026-11-25T11:59:00Z' }), NOW)).toBe('Due now; it waits its turn.');
    expect(nextWords(schedule({ nextDueAt: null }), NOW)).toBeNull();
  });

  it('says what came of the last time, and how late it was', () => {
    const ran = { lastRunAt: '2026-11-25T11:00:00Z', lastOutcome: 'joined', wasLate: true, lateSeconds: 2400 };
    expect(lastWords(schedule(ran))).toMatch(/^Last on .+, 40 min late: a sync of the same characters was running already\.$/);
    expect(lastWords(schedule())).toBeNull();
  });

  it('says what was left out and what went wrong', () => {
    expect(troubleWords(schedule())).toEqual([]);
    expect(troubleWords(schedule({ missed: 2, problem: 'battle_net_unavailable' }))).toEqual([
      'Battle.net did not answer; it is tried again.',
      '2 times passed without a sync of its own.',
    ]);
  });
});

describe('where a player plays', () => {
  it('is each version and region once, in the service’s order', () => {
    const found = [
      { gameVersion: 'classic_era', region: 'eu' },
      { gameVersion: 'retail', region: 'us' },
      { gameVersion: 'retail', region: 'eu' },
      { gameVersion: 'retail', region: 'us' },
    ];
    expect(places(found, ['retail', 'classic_era']).map(({ gameVersion, region }) => `${gameVersion} ${region}`)).toEqual([
      'retail eu',
      'retail us',
      'classic_era eu',
    ]);
  });
});

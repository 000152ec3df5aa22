/** Made-up schedules: on their way, late, missed, and with an end of the sign-in. */
import type { Schedule } from '../api/types';
import { minutesAgo } from './fixtures';

export function schedule(of: Partial<Schedule> = {}): Schedule {
  return {
    gameVersion: 'retail',
    region: 'eu',
    mode: 'daily',
    hours: 24,
    nextDueAt: minutesAgo(-190),
    wasLate: false,
    missed: 0,
    createdAt: minutesAgo(9000),
    updatedAt: minutesAgo(9000),
    ...of,
  };
}

const ran = { lastDueAt: minutesAgo(1260), lastRunAt: minutesAgo(1250), lastSessionId: '00000000-0000-7000-8000-000000000001', lastOutcome: 'started' };

export const SCHEDULES: Schedule[] = [schedule(ran), schedule({ gameVersion: 'classic_era', mode: 'off', nextDueAt: null })];

export const SCHEDULE_STATES: Record<string, Schedule | undefined> = {
  'schedule-never-set': undefined,
  'schedule-daily': schedule(ran),
  'schedule-hours': schedule({ ...ran, mode: 'hours', hours: 6, wasLate: true, lateSeconds: 2_400 }),
  'schedule-fresh-by': schedule({ mode: 'fresh_by', weekday: 'wednesday', time: '20:00', timeZone: 'Europe/Berlin' }),
  'schedule-in-trouble': schedule({
    ...ran,
    lastOutcome: 'list_frozen',
    missed: 3,
    problem: 'battle_net_unavailable',
    listPaused: { reason: 'sign_in_again', since: minutesAgo(3000) },
  }),
};

/** When a schedule is due, what came of it, and what a form makes of a rule. Pure but for the reader's own time zone. */
import type { Schedule, ScheduleRule } from '../api/types';
import { ahead, clockTime, many } from '../words';

export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export const MODES: { value: Schedule['mode']; label: string }[] = [
  { value: 'off', label: 'Off' },
  { value: 'daily', label: 'Every day' },
  { value: 'hours', label: 'Every few hours' },
  { value: 'fresh_by', label: 'Fresh for a time in the week' },
];

export function weekdayName(day: string): string {
  return day.charAt(0).toUpperCase() + day.slice(1);
}

/** What the form of a schedule holds. */
export interface Draft {
  mode: Schedule['mode'];
  hours: string;
  weekday: Weekday;
  time: string;
  timeZone: string;
}

/** Return the zone the player's device is in. */
export function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC';
}

/** Return every time zone the browser knows, and those it has to know: a form must be able to show what is set. */
export function timeZones(...also: string[]): string[] {
  return [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC', ...also])].sort();
}

/** Return what the form of a schedule begins with; what was never set begins with a raid's evening. */
export function draftOf(schedule: Schedule | undefined, timeZone: string): Draft {
  return {
    mode: schedule?.mode ?? 'off',
    hours: String(schedule?.hours ?? 6),
    weekday: schedule?.weekday ?? 'wednesday',
    time: schedule?.time ?? '20:00',
    timeZone: schedule?.timeZone ?? timeZone,
  };
}

/** Return the rule that the form says. */
export function ruleOf({ mode, hours, weekday, time, timeZone }: Draft): ScheduleRule {
  // The service calls every 24 hours daily.
  if (mode === 'hours') return Number(hours) === 24 ? { mode: 'daily' } : { mode, hours: Number(hours) };
  if (mode === 'fresh_by') return { mode, weekday, time, timeZone };
  return { mode };
}

/** Return what a schedule does: `every day`, `every 6 hours`, `fresh by Wednesday 20:00 (Europe/Berlin)`. */
export function ruleWords(schedule: Pick<Schedule, 'mode' | 'hours' | 'weekday' | 'time' | 'timeZone'> | undefined): string {
  switch (schedule?.mode) {
    case 'daily':
      return 'every day';
    case 'hours':
      return schedule.hours === 1 ? 'every hour' : `every ${schedule.hours} hours`;
    case 'fresh_by':
      return `fresh by ${weekdayName(schedule.weekday ?? '')} ${schedule.time} (${schedule.timeZone})`;
    default:
      return 'only when you press Sync';
  }
}

const OUTCOMES: Record<string, string> = {
  started: 'a sync was started',
  list_frozen: 'the characters known already were refreshed; your sign-in had ended, so nothing new was looked for',
  joined: 'a sync of the same characters was running already',
  held_back: 'nothing was synced, because nobody has been here for a long time',
  nothing_held: 'there was nothing to sync; sign in with Battle.net again',
  not_offered: 'this game version is no longer offered here',
};

/** Return what came of the last time; null before the first. */
export function lastWords({ lastRunAt, lastDueAt, lastOutcome, wasLate, lateSeconds }: Schedule): string | null {
  const at = lastRunAt ?? lastDueAt;
  if (!at || !lastOutcome) return null;
  const late = wasLate && lateSeconds ? `, ${lateness(lateSeconds)} late` : '';
  return `Last on ${clockTime(at)}${late}: ${OUTCOMES[lastOutcome] ?? lastOutcome.replaceAll('_', ' ')}.`;
}

function lateness(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** Return when it is next; null for what is off. */
export function nextWords({ nextDueAt }: Schedule, now: number): string | null {
  if (!nextDueAt) return null;
  return Date.parse(nextDueAt) <= now ? 'Due now; it waits its turn.' : `Next ${ahead(nextDueAt, now)}, on ${clockTime(nextDueAt)}.`;
}

const PROBLEMS: Record<string, string> = {
  battle_net_unavailable: 'Battle.net did not answer; it is tried again.',
  battle_net_error: 'Battle.net did not answer as it should; it is tried again.',
  battle_net_rate_limited: 'Battle.net was too busy; it is tried again.',
};

/** Return what went wrong or was left out, a sentence each; none when all is well. */
export function troubleWords({ missed, problem, listPaused }: Schedule): string[] {
  const words = [];
  if (problem) words.push(PROBLEMS[problem] ?? `It had to be put off (${problem.replaceAll('_', ' ')}); it is tried again.`);
  if (listPaused) words.push('Your sign-in with Battle.net has ended: known characters are refreshed, new ones are not found.');
  if (missed > 0) words.push(`${many(missed, 'time')} passed without a sync of its own.`);
  return words;
}

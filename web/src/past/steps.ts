/** A value over time as steps to draw, to read and to hear. Pure. */
import type { Step } from '../api/types';
import { clockTime, clockTimes, many } from '../words';

/** The drawing's own units; it is stretched to where it stands. */
export const WIDTH = 1000;
export const HEIGHT = 200;
/** Room above the highest and below the lowest value, and at both ends, so that no line is cut. */
const EDGE = 16;
/** A gap of a minute in a year is still to be seen. */
const NARROWEST_GAP = 3;

interface Span {
  value: number;
  from: string;
  to: string;
}

export interface Drawing {
  lines: { x: number; y: number; width: number }[];
  gaps: { x: number; width: number }[];
  lowest: number;
  highest: number;
  from: string;
  to: string;
}

function spans(steps: readonly Step[]): Span[] {
  return steps.flatMap(({ value, seen }) => seen.map(({ firstSeenAt, lastSeenAt }) => ({ value, from: firstSeenAt, to: lastSeenAt })));
}

/** Return what to draw: a line for each span in which a value was seen, a gap where nothing is known; null for nothing. */
export function drawing(steps: readonly Step[]): Drawing | null {
  const seen = spans(steps);
  const [first] = seen;
  const last = seen.at(-1);
  if (first === undefined || last === undefined) return null;
  const values = seen.map(({ value }) => value);
  const lowest = Math.min(...values);
  const highest = Math.max(...values);
  const begin = Date.parse(first.from);
  const long = Date.parse(last.to) - begin;
  const x = (moment: string): number => (long === 0 ? WIDTH / 2 : EDGE + ((Date.parse(moment) - begin) / long) * (WIDTH - 2 * EDGE));
  const y = (value: number): number =>
    highest === lowest ? HEIGHT / 2 : HEIGHT - EDGE - ((value - lowest) / (highest - lowest)) * (HEIGHT - 2 * EDGE);
  return {
    lines: seen.map(({ value, from, to }) => ({ x: x(from), y: y(value), width: x(to) - x(from) })),
    gaps: between(seen).map(({ from, to }) => ({ x: x(from), width: Math.max(NARROWEST_GAP, x(to) - x(from)) })),
    lowest,
    highest,
    from: first.from,
    to: last.to,
  };
}

function between(seen: readonly Span[]): { from: string; to: string }[] {
  return seen.slice(1).flatMap((next, index) => {
    const from = seen[index]!.to;
    return Date.parse(next.from) > Date.parse(from) ? [{ from, to: next.from }] : [];
  });
}

/** Return the drawing in words, for who does not see it. */
export function summary(what: string, steps: readonly Step[]): string {
  const seen = spans(steps);
  const [first] = seen;
  const last = seen.at(-1);
  if (first === undefined || last === undefined) return `${what}: not known`;
  const values = seen.map(({ value }) => value);
  const [from, to] = clockTimes(first.from, last.to);
  const gaps = between(seen).length;
  const unknown = gaps === 0 ? '' : ` Not known in ${many(gaps, 'gap')} between.`;
  if (new Set(values).size === 1) return `${what}: ${first.value} whenever it was seen, from ${from} to ${to}.${unknown}`;
  const range = `lowest ${Math.min(...values)}, highest ${Math.max(...values)}`;
  return `${what}: ${first.value} on ${from}, ${last.value} on ${to}; ${range}.${unknown}`;
}

export interface Row {
  /** Null where nothing is known. */
  value: number | null;
  from: string;
  to: string;
}

/** Return the steps and the gaps between them, newest first, as rows of a table. */
export function rows(steps: readonly Step[]): Row[] {
  const seen = spans(steps);
  const all: Row[] = [...seen, ...between(seen).map((gap) => ({ value: null, ...gap }))];
  return all
    .toSorted((one, other) => Date.parse(other.from) - Date.parse(one.from) || Date.parse(other.to) - Date.parse(one.to))
    .map(({ value, from, to }) => {
      const [first, last] = clockTimes(from, to);
      return { value, from: first, to: last };
    });
}

/** Return the days a drawing goes from and to; the times where it is one day. */
export function ends({ from, to }: Drawing): [string, string] {
  const day = (moment: string): string => new Date(moment).toLocaleDateString(undefined, { dateStyle: 'medium' });
  return day(from) === day(to) ? [clockTime(from), clockTime(to)] : [day(from), day(to)];
}

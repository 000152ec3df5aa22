/** Why a facet is as old as it is, in words. Pure. */
import type { Facet } from '../api/types';
import { ago, ahead, explain } from '../words';

/** What the player can do so that Battle.net itself changes a facet. */
const LOG_OUT = 'log out in the game to update';
const UPDATES: Record<string, string> = {
  profile: LOG_OUT,
  equipment: LOG_OUT,
  specializations: LOG_OUT,
  protected: LOG_OUT,
  media: 'a new one is drawn some time after a logout',
};

/** Return the sentences that say why, the most telling first. Nothing is asked of a character that has left the account. */
export function whyOld(name: string, facet: Facet, now: number, isActive = true): string[] {
  if (facet.state === 'not_offered') return [explain('not_offered').why];
  return [...because(name, facet, now), asked(facet, now, isActive)];
}

function because(name: string, { state, reason, fetchedAt, upstreamModifiedAt }: Facet, now: number): string[] {
  const told = reason === null || reason === 'not_modified' ? [] : reasonWords(reason);
  const held = state === 'failed' && fetchedAt !== null ? [`What is shown is from ${when(fetchedAt, now)}.`] : [];
  if (state === 'pending') return told;
  if (state === 'absent') return told.length > 0 ? told : ['Battle.net has none of it.'];
  if (state === 'failed') return [...told, ...held];
  if (upstreamModifiedAt === null) return told;
  if (ago(upstreamModifiedAt, now) === 'just now') return [...told, 'Battle.net has just changed it.'];
  const update = UPDATES[name] === undefined ? '' : `; ${UPDATES[name]}`;
  return [...told, `Battle.net has not changed it since ${when(upstreamModifiedAt, now)}${update}.`];
}

function reasonWords(reason: string): string[] {
  const { why, remedy } = explain(reason);
  return remedy === undefined ? [why] : [why, remedy];
}

function asked(facet: Facet, now: number, isActive: boolean): string {
  const { fetchedAt } = facet;
  const attemptedAt = facet.attemptedAt ?? fetchedAt;
  if (attemptedAt === null) return isActive ? 'Not asked for yet; the next sync asks.' : 'Never asked for.';
  const answered = isAnswered(attemptedAt, fetchedAt) ? '' : fetchedAt === null ? ', never answered' : `, last answered ${ago(fetchedAt, now)}`;
  return `Asked ${ago(attemptedAt, now)}${answered}, ${isActive ? again(facet, now) : 'again when the character is back on your account'}.`;
}

/** The two are noted one after the other. */
const SAME_TRY_MS = 5_000;

function isAnswered(attemptedAt: string, fetchedAt: string | null): boolean {
  return fetchedAt !== null && Date.parse(fetchedAt) >= Date.parse(attemptedAt) - SAME_TRY_MS;
}

/** Return when it is asked again: a due facet with the next sync, another after a logout or in any case later. */
function again({ state, nextDueAt }: Facet, now: number): string {
  const isDue = nextDueAt === null || state === 'failed' || state === 'pending' || Date.parse(nextDueAt) - now < DUE_SOON_MS;
  return isDue ? 'again with the next sync' : `again ${ahead(nextDueAt, now)}, or sooner when you have played`;
}

/** The profile is due a minute after each answer: that is with the next sync to a player. */
const DUE_SOON_MS = 120_000;

/** A time after "since" or "from": `3 days ago`, `yesterday`, `5 Nov 2026`. */
function when(moment: string, now: number): string {
  return ago(moment, now).replace(/^on /, '');
}

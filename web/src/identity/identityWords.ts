/** What speaks for two characters being one, how sure that is, and what was decided, in a player's words. Pure. */
import type { Character, Evidence, IdentityDecision } from '../api/types';
import { realmName } from '../characters/grouping';

/** One of the two, as Battle.net showed it when the question came up. */
export interface Party {
  name: string;
  realm: string;
  /** `Level 60 Human Mage`, as far as it is known. */
  what: string;
  classId: number | null;
}

/** What Battle.net's numbers of classes and races are called. */
export interface Names {
  classes: ReadonlyMap<string, string>;
  races: ReadonlyMap<string, string>;
}

/** Return the names of the classes and races that the player's characters have. */
export function namesOf(characters: readonly Character[]): Names {
  const classes = new Map<string, string>();
  const races = new Map<string, string>();
  for (const { characterClass, race } of characters) {
    if (characterClass.id !== null && characterClass.name) classes.set(String(characterClass.id), characterClass.name);
    if (race.id !== null && race.name) races.set(String(race.id), race.name);
  }
  return { classes, races };
}

/** Return the character that was missing and the one that was listed, from what the decision holds of them. */
export function parties({ evidence }: Pick<IdentityDecision, 'evidence'>, names: Names): [older: Party, newer: Party] {
  const found = new Map(evidence.map((fact) => [fact.code, fact]));
  const party = (side: 'old' | 'new'): Party => {
    const value = (code: string): string | null => found.get(code)?.[side] ?? null;
    const level = value('level');
    const words = [
      level !== null && level !== '0' ? `Level ${level}` : '',
      names.races.get(value('race') ?? '') ?? '',
      names.classes.get(value('class') ?? '') ?? '',
    ];
    const classId = value('class');
    return {
      name: value('name') ?? 'A character',
      realm: realmName({ realm: value('realm') ?? '' }),
      what: words.filter(Boolean).join(' '),
      classId: classId === null ? null : Number(classId),
    };
  };
  return [party('old'), party('new')];
}

/** Return how sure it is, from 0 to 1, in a word. */
export function likelihood(confidence: number): string {
  if (confidence >= 0.95) return 'practically certain';
  if (confidence >= 0.8) return 'very likely';
  if (confidence >= 0.6) return 'likely';
  return 'possible';
}

const FACTIONS: Record<string, string> = { ALLIANCE: 'Alliance', HORDE: 'Horde', NEUTRAL: 'Neutral' };

/** What weighs most stands first. */
const ORDER = ['achievements', 'name', 'race', 'level', 'class', 'realm', 'faction', 'gender', 'missing', 'number', 'wow_account'];

export interface Weighed {
  /** What the two have in common. */
  same: string[];
  /** What is different about them. */
  different: string[];
}

/** Return what speaks for and what against, each in words, the weightiest first. */
export function weighed(evidence: readonly Evidence[], names: Names): Weighed {
  const sorted = [...evidence].sort((a, b) => place(a.code) - place(b.code));
  const words = (favours: boolean): string[] =>
    sorted.filter((fact) => fact.favours === favours).map((fact) => factWords(fact, names));
  return { same: words(true), different: words(false) };
}

function place(code: string): number {
  return ORDER.includes(code) ? ORDER.indexOf(code) : ORDER.length;
}

function factWords({ code, favours, old, new: now }: Evidence, names: Names): string {
  switch (code) {
    case 'achievements':
      return favours ? 'Its own achievements are there, each with the time it had.' : 'Its own achievements are not there.';
    case 'name':
      return favours ? `Both are called ${now}.` : `One is called ${old}, the other ${now}.`;
    case 'realm':
      return favours
        ? `Both are on ${realmName({ realm: now ?? '' })}.`
        : `One was on ${realmName({ realm: old ?? '' })}, the other is on ${realmName({ realm: now ?? '' })}.`;
    case 'class':
      return alike(favours, 'class', names.classes, old, now);
    case 'race':
      return alike(favours, 'race', names.races, old, now);
    case 'faction':
      return alike(favours, 'faction', new Map(Object.entries(FACTIONS)), old, now);
    case 'gender':
      return favours ? 'The same gender.' : 'Another gender.';
    case 'level':
      if (old === now) return `Both are level ${now}.`;
      return favours ? `Level ${old} before, ${now} now.` : `Level ${old} before, only ${now} now.`;
    case 'missing':
      return 'One was missing when the other came.';
    case 'number':
      return favours ? 'Battle.net’s number is the same.' : 'Battle.net has given another number.';
    case 'wow_account':
      return favours ? 'The same WoW account.' : 'Another of your WoW accounts.';
    default:
      return `${code.replaceAll('_', ' ')}: ${favours ? 'the same' : 'different'}.`;
  }
}

function alike(favours: boolean, what: string, names: ReadonlyMap<string, string>, old: string | null, now: string | null): string {
  const [was, is] = [names.get(old ?? ''), names.get(now ?? '')];
  if (favours) return is ? `The same ${what}: ${is}.` : `The same ${what}.`;
  return was && is ? `${was} before, ${is} now.` : `Another ${what}.`;
}

/** Return what was decided: `Mira of Gehennas went to Firemaw.` */
export function decisionWords(decision: IdentityDecision, names: Names): string {
  const [older, newer] = parties(decision, names);
  const before = `${older.name} of ${older.realm}`;
  if (decision.isSame !== true) {
    if (older.name === newer.name && older.realm === newer.realm) return `The ${before} of now is another one than before.`;
    return `${before} and ${newer.name} of ${newer.realm} are two.`;
  }
  const renamed = older.name === newer.name ? '' : ` and is called ${newer.name}`;
  if (decision.kind === 'transferred') return `${before} went to ${newer.realm}${renamed}.`;
  if (decision.kind === 'changed_sides') return `${before} changed sides${renamed}.`;
  return `${before} got another number at Battle.net${renamed}.`;
}

/** Return who decided: `You said so`, or `Found by itself, practically certain`. */
export function deciderWords({ status, decidedBy, confidence }: IdentityDecision): string {
  if (status === 'undone') return 'You took back that they are one';
  if (decidedBy === 'player') return 'You said so';
  return status === 'declined' ? 'Answered by itself' : `Found by itself, ${likelihood(confidence)}`;
}

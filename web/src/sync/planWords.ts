/** What a sync would do, section by section. Pure. */
import { fieldWords } from '../activity/fieldWords';
import type { PlannedCharacter, PlannedIdentity, SyncPlan } from '../api/types';
import { realmName } from '../characters/grouping';
import { many } from '../words';

export interface PlannedLine {
  key: string;
  name: string;
  realm: string;
  /** The page of the character, where it is held already. */
  id: string | null;
  /** What would be another than now. */
  words: string;
}

export interface PlanSection {
  name: string;
  title: string;
  why: string;
  lines: PlannedLine[];
}

const SECTIONS = [
  { name: 'create', title: 'New', why: 'On your account, and not here yet.' },
  { name: 'reidentify', title: 'The same under another realm or number', why: 'They keep their history.' },
  { name: 'ask', title: 'You would be asked', why: 'Only you can tell whether these are characters you had. Until then they count as new.' },
  { name: 'update', title: 'Changed', why: 'Your account shows them otherwise than what is held.' },
  { name: 'reactivate', title: 'Back from the archive', why: 'They were gone, and are on your account again.' },
  { name: 'archive', title: 'To the archive', why: 'No longer on your account. They are kept, and come back when they are listed again.' },
  {
    name: 'withheld',
    title: 'Missing, and left alone for now',
    why: 'Most of your account is missing in this answer. They are archived only if the next one says the same.',
  },
] as const;

/** Return what would happen, only what there is; characters that would be as they are now are in none. */
export function planSections(plan: SyncPlan): PlanSection[] {
  return SECTIONS.flatMap(({ name, title, why }) => {
    const lines = (plan[name] as (PlannedCharacter | PlannedIdentity)[])
      .filter((character) => name !== 'update' || isChanged(character))
      .map(planned);
    return lines.length === 0 ? [] : [{ name, title, why, lines }];
  });
}

function isChanged({ fields }: PlannedCharacter): boolean {
  return Object.keys(fields ?? {}).length > 0;
}

function planned(character: PlannedCharacter | PlannedIdentity): PlannedLine {
  const { id = null, battleNetId, name, realm, level } = character;
  return {
    key: `${realm} ${battleNetId}`,
    name,
    realm: realmName({ realm }),
    id,
    words: [...moveWords(character), ...fieldWords(character.fields)].join(', ') || (level > 0 ? `level ${level}` : ''),
  };
}

function moveWords(character: PlannedCharacter | PlannedIdentity): string[] {
  if (!('evidence' in character)) return [];
  const was = (code: string): string | null => character.evidence.find((fact) => fact.code === code && !fact.favours)?.old ?? null;
  const realm = was('realm');
  const name = was('name');
  return [...(name === null ? [] : [`was ${name}`]), ...(realm === null ? [] : [`was on ${realmName({ realm })}`])];
}

/** Return the whole plan in a sentence. */
export function planSummary(plan: SyncPlan): string {
  const unchanged = plan.update.filter((character) => !isChanged(character)).length;
  const sections = planSections(plan);
  if (sections.length === 0 && unchanged === 0) return 'Nothing would change: Battle.net lists no characters here.';
  const rest = unchanged === 0 ? '' : `${many(unchanged, 'character')} ${sections.length === 0 ? 'would stay' : 'stay'} as listed`;
  if (sections.length === 0) return `${rest}; their details would be refreshed.`;
  const counts = sections.map(({ title, lines }) => `${title.toLowerCase()}: ${lines.length}`).join('; ');
  return `${counts.charAt(0).toUpperCase()}${counts.slice(1)}.${rest && ` ${rest}; their details are refreshed.`}`;
}

/** What is different about a character, in words: slot by slot, talent by talent. Pure. */
import type { CharacterDiff, EquippedItem, FieldChange, SlotChange, SpecializationChange } from '../api/types';
import { enchantmentText, slotLabel } from '../character/gearSlots';
import { clockTime, facetName } from '../words';

export interface Line {
  what: string;
  words: string;
}

export interface FacetChanges {
  facet: string;
  name: string;
  lines: Line[];
}

/** The order in which players look: what they wear first. */
const ORDER = ['equipment', 'specializations', 'profile', 'protected', 'media'];

/** Return what changed, facet by facet; a facet that is the same, or of which only one state is known, is left out. */
export function changeWords({ facets }: Pick<CharacterDiff, 'facets'>): FacetChanges[] {
  const place = (facet: string): number => (ORDER.indexOf(facet) + ORDER.length + 1) % (ORDER.length + 1);
  // The profile tells the specialization in use as well as the talents do.
  const isToldTwice = facets.specializations?.fields?.some(({ field }) => field === 'active') ?? false;
  return Object.entries(facets)
    .filter(([, { state }]) => state === 'different')
    .toSorted(([one], [other]) => place(one) - place(other))
    .map(([facet, { fields = [], slots = [], specializations = [] }]) => ({
      facet,
      name: facetName(facet),
      lines: [
        ...(facet === 'media' ? [{ what: 'Picture', words: 'another one' }] : fields.filter(({ field }) => !(isToldTwice && field === 'activeSpec')).map(fieldLine)),
        ...slots.map(slotLine),
        ...specializations.flatMap(specializationLines),
      ],
    }))
    .filter(({ lines }) => lines.length > 0);
}

const FIELDS: Record<string, string> = {
  battleNetId: 'Battle.net’s number',
  characterClass: 'Class',
  activeSpec: 'Specialization',
  active: 'Specialization',
  itemLevel: 'Item level',
  lastLoginAt: 'Last played',
  heroTree: 'Hero tree',
  spentPoints: 'Points spent',
  isActive: 'In use',
};

function fieldLabel(field: string): string {
  return FIELDS[field] ?? `${field.charAt(0).toUpperCase()}${field.slice(1).replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`;
}

function fieldLine({ field, before, after }: FieldChange): Line {
  const what = fieldLabel(field);
  const was = valueWords(field, before);
  const is = valueWords(field, after);
  return { what, words: was === null ? `now ${is ?? 'nothing'}` : `${is ?? 'none now'}, was ${was}` };
}

/** Return a value as it is read; null for nothing. */
function valueWords(field: string, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (field === 'lastLoginAt' && typeof value === 'string') return clockTime(value);
  if (field === 'money' && typeof value === 'number') return `${Math.floor(value / 10_000)} gold`;
  if (field === 'faction' || field === 'gender') return capitalized(String(value));
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'object') return field === 'title' ? String(value).replace('{name}', '…').trim() : String(value);
  const { name, slug, id } = value as { name?: string | null; slug?: string; id?: number | null };
  return name ?? slug ?? (id === null || id === undefined ? null : `number ${id}`);
}

function capitalized(word: string): string {
  return word.charAt(0) + word.slice(1).toLowerCase();
}

function slotLine({ slot, before, after }: SlotChange): Line {
  const what = slotLabel(slot);
  if (after === null) return { what, words: before === null ? 'changed' : `empty now, was ${itemWords(before)}` };
  if (before === null) return { what, words: `${itemWords(after)}, was empty` };
  if (before.itemId === after.itemId) return { what, words: `${itemName(after)}: ${samePiece(before, after)}` };
  return { what, words: `${itemWords(after)}, was ${itemWords(before)}` };
}

function itemName({ name, itemId }: EquippedItem): string {
  return name ?? `Item ${itemId}`;
}

function itemWords(item: EquippedItem): string {
  return item.itemLevel === null ? itemName(item) : `${itemName(item)} (item level ${item.itemLevel})`;
}

/** Return what is different about one piece that was kept on. */
function samePiece(before: EquippedItem, after: EquippedItem): string {
  const enchantments = (item: EquippedItem): string => item.enchantments.map(({ text }) => enchantmentText(text)).join(', ');
  const gems = (item: EquippedItem): string => item.gems.map(({ name, itemId }) => name ?? `Gem ${itemId ?? ''}`.trim()).join(', ');
  const told = [
    differs('item level', before.itemLevel, after.itemLevel),
    differs('enchantment', enchantments(before), enchantments(after)),
    differs('gems', gems(before), gems(after)),
    differs('empty sockets', before.emptySockets, after.emptySockets),
    differs('name', itemName(before), itemName(after)),
    differs('quality', before.quality && capitalized(before.quality), after.quality && capitalized(after.quality)),
  ].filter((one) => one !== null);
  return told.length === 0 ? 'another piece of the same kind' : told.join('; ');
}

function differs(what: string, before: string | number | null, after: string | number | null): string | null {
  const said = (value: string | number | null): string | number => (value === null || value === '' ? 'none' : value);
  return before === after ? null : `${what} ${said(after)}, was ${said(before)}`;
}

/** What every specialization that is new or gone brings along, and tells nothing. */
const IDENTITY = new Set(['group', 'id', 'name']);

function specializationLines(change: SpecializationChange): Line[] {
  const what = change.specialization.name ?? 'Talents';
  const isNew = change.fields.some(({ field, before }) => IDENTITY.has(field) && before === null);
  const isGone = change.fields.some(({ field, after }) => IDENTITY.has(field) && after === null);
  if (isGone && !isNew) return [{ what, words: 'no longer there' }];
  const lines = [
    ...(isNew ? ['newly there'] : []),
    ...(isNew ? [] : change.fields.filter(({ field }) => !IDENTITY.has(field)).map(fieldWords)),
    ...listWords('talents', change.talents),
    ...listWords('PvP talents', change.pvpTalents),
    ...listWords('glyphs', change.glyphs),
  ];
  return lines.map((words) => ({ what, words }));
}

function fieldWords(change: FieldChange): string {
  if (change.field === 'isActive') return change.after === true ? 'in use now' : 'no longer in use';
  if (change.field === 'loadoutCode') return change.after === null ? 'no loadout code now' : 'another loadout code';
  const { what, words } = fieldLine(change);
  return `${what.toLowerCase()} ${words}`;
}

interface Listed {
  name: string;
  before: object | null;
  after: object | null;
}

/** Return the new, the gone and the otherwise ranked of a list, a sentence each. */
function listWords(kind: string, changes: readonly Listed[]): string[] {
  const names = (some: readonly Listed[], told: (one: Listed) => string): string => some.map(told).join(', ');
  const added = changes.filter(({ before }) => before === null);
  const gone = changes.filter(({ after }) => after === null);
  const other = changes.filter(({ before, after }) => before !== null && after !== null);
  return [
    ...(added.length > 0 ? [`new ${kind}: ${names(added, ({ name, after }) => named(name, rank(after)))}`] : []),
    ...(gone.length > 0 ? [`${kind} gone: ${names(gone, ({ name }) => named(name, null))}`] : []),
    ...(other.length > 0
      ? [`${kind} changed: ${names(other, ({ name, before, after }) => `${named(name, rank(after))}${rank(before) === null ? '' : `, was rank ${rank(before)}`}`)}`]
      : []),
  ];
}

function rank(one: object | null): number | null {
  return (one as { rank?: number | null } | null)?.rank ?? null;
}

/** A thing without a name comes by its number. */
function named(name: string, ranked: number | null): string {
  const word = /^\d+$/.test(name) ? `number ${name}` : name;
  return ranked !== null && ranked > 1 ? `${word} (rank ${ranked})` : word;
}

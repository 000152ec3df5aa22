/** What is another than before, field by field, in words. Pure. */

const FIELDS: Record<string, string> = {
  name: 'name',
  level: 'level',
  characterClass: 'class',
  race: 'race',
  gender: 'gender',
  faction: 'faction',
  guild: 'guild',
  itemLevel: 'item level',
  activeSpec: 'specialization',
  title: 'title',
};

const NAMES: Record<string, string> = {
  ALLIANCE: 'Alliance',
  HORDE: 'Horde',
  NEUTRAL: 'Neutral',
  MALE: 'male',
  FEMALE: 'female',
};

function valueWords(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'none';
  return NAMES[String(value)] ?? String(value);
}

function isPair(value: unknown): value is { from: unknown; to: unknown } {
  return typeof value === 'object' && value !== null && 'from' in value && 'to' in value;
}

/** Return each field in words: `level 79 → 80`, `guild none → Mithril Order`. What is no change is passed over. */
export function fieldWords(fields: unknown): string[] {
  if (typeof fields !== 'object' || fields === null) return [];
  return Object.entries(fields).flatMap(([name, pair]) =>
    isPair(pair) ? [`${FIELDS[name] ?? name} ${valueWords(pair.from)} → ${valueWords(pair.to)}`] : [],
  );
}

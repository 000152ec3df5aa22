/** The classes by Battle.net's id: how players know them at a glance. */

interface ClassLook {
  /** For `--class-...` in colours.css. */
  slug: string;
  /** Two letters, for where there is no picture. */
  letters: string;
}

const CLASSES: Record<number, ClassLook> = {
  1: { slug: 'warrior', letters: 'WA' },
  2: { slug: 'paladin', letters: 'PA' },
  3: { slug: 'hunter', letters: 'HU' },
  4: { slug: 'rogue', letters: 'RO' },
  5: { slug: 'priest', letters: 'PR' },
  6: { slug: 'death-knight', letters: 'DK' },
  7: { slug: 'shaman', letters: 'SH' },
  8: { slug: 'mage', letters: 'MA' },
  9: { slug: 'warlock', letters: 'WL' },
  10: { slug: 'monk', letters: 'MO' },
  11: { slug: 'druid', letters: 'DR' },
  12: { slug: 'demon-hunter', letters: 'DH' },
  13: { slug: 'evoker', letters: 'EV' },
};

/** Return the class as stylesheets name it; `unknown` for a class this page has not heard of. */
export function classSlug(id: number | null): string {
  return (id === null ? undefined : CLASSES[id]?.slug) ?? 'unknown';
}

export function classLetters(id: number | null): string {
  return (id === null ? undefined : CLASSES[id]?.letters) ?? '?';
}

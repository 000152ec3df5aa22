/** How true what is shown of a character still is. Pure. */
import type { Facet } from '../api/types';

export interface FacetTrouble {
  facet: string;
  reason: string;
  /** There is something older to show. */
  heldSince: string | null;
}

type Facets = { [facet: string]: Facet };

/** Whether a facet is missing or older than it should be. Having no picture is no trouble: one is drawn. */
function isTroubled(facet: string, { state, reason }: Facet): boolean {
  if (reason === null || reason === 'not_modified' || state === 'not_offered') return false;
  return !(facet === 'media' && state === 'absent');
}

/** Return the facets that are missing or old, with why; none when all is well or nothing has been tried yet. */
export function troubles(facets: Facets | undefined): FacetTrouble[] {
  return Object.entries(facets ?? {}).flatMap(([facet, state]) =>
    isTroubled(facet, state) && state.reason !== null ? [{ facet, reason: state.reason, heldSince: state.fetchedAt }] : [],
  );
}

/** Return when something of the character last came from Battle.net; null when nothing ever did. */
export function lastFetched(facets: Facets | undefined): string | null {
  const moments = Object.values(facets ?? {}).flatMap(({ fetchedAt }) => fetchedAt ?? []);
  return moments.length === 0 ? null : moments.reduce((latest, one) => (one > latest ? one : latest));
}

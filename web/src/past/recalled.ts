/** What is shown of a moment: what is known of it, and what was last seen before it where nothing is. Pure. */
import type { CharacterAsOf, CharacterDetail, FacetAsOf } from '../api/types';

type Contents = Pick<CharacterAsOf, 'profile' | 'media' | 'equipment' | 'specializations'>;
const CONTENTS = ['profile', 'media', 'equipment', 'specializations'] as const;

export interface Recalled extends Contents {
  asOf: string;
  facets: CharacterAsOf['facets'];
}

/**
 * One look at a character takes so long at most. A facet that was seen in the same look as the moment needs no word that
 * the moment itself was missed by a second.
 */
export const ONE_LOOK_MS = 60_000;

/** Return the times at which facets that are not known at the moment were last seen before it, each once. */
export function lastSeenBefore({ facets }: CharacterAsOf): string[] {
  const times = Object.values(facets).flatMap(({ state, lastSeenAt }) => (state === 'unknown' && lastSeenAt ? [lastSeenAt] : []));
  return [...new Set(times)];
}

/** Fill in what is not known of a moment with what was last seen before it; `earlier` are the answers of those times. */
export function recalled(then: CharacterAsOf, earlier: readonly CharacterAsOf[]): Recalled {
  const found: Contents = { profile: then.profile, media: then.media, equipment: then.equipment, specializations: then.specializations };
  const filled = CONTENTS.reduce<Contents>((contents, facet) => {
    const before = then.facets[facet];
    if (before?.state !== 'unknown') return contents;
    // The state before the moment and no older one: that of the same first sight.
    const source = earlier.find(({ facets }) => facets[facet]?.state !== 'unknown' && facets[facet]?.firstSeenAt === before.firstSeenAt);
    return source ? { ...contents, [facet]: source[facet] } : contents;
  }, found);
  return { asOf: then.asOf, facets: then.facets, ...filled };
}

/** Whether what is shown of a facet was last seen before the moment, and long enough before it to say so. */
export function isFromBefore(facet: FacetAsOf | undefined, asOf: string): boolean {
  if (facet?.state !== 'unknown' || facet.lastSeenAt === null) return false;
  return Date.parse(asOf) - Date.parse(facet.lastSeenAt) > ONE_LOOK_MS;
}

/** Return the character as it was, for the parts of the page that show one; null when its profile is not known. */
export function characterThen(now: CharacterDetail, then: Recalled): CharacterDetail | null {
  const { profile, media, equipment, specializations } = then;
  if (profile === null) return null;
  const { realm, ...who } = profile;
  return {
    ...now,
    ...who,
    realm: realm.slug,
    realmName: realm.name,
    avatarUrl: media?.avatarUrl ?? null,
    equipment,
    specializations,
  };
}

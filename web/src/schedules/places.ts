/** Which game versions and regions a player may want synced. Pure. */
import type { Place } from '../api/schedules';

/** Return each game version and region once, in the service's order of versions. */
export function places(found: readonly Place[], versions: readonly string[]): Place[] {
  const once = new Map(found.map(({ gameVersion, region }) => [`${gameVersion} ${region}`, { gameVersion, region }]));
  const rank = ({ gameVersion }: Place): number => (versions.includes(gameVersion) ? versions.indexOf(gameVersion) : versions.length);
  return [...once.values()].sort((a, b) => rank(a) - rank(b) || a.region.localeCompare(b.region));
}

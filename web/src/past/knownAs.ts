/** Under which names and on which realms a character was known. Pure. */
import type { Observation } from '../api/types';
import { realmName } from '../characters/grouping';

export interface Identity {
  key: string;
  name: string;
  realm: string;
  faction: string | null;
  firstSeenAt: string;
  lastSeenAt: string;
  isCurrent: boolean;
}

/** Return who it was, newest first; what followed under the same name, realm and side is one. */
export function identities(observations: readonly Observation[]): Identity[] {
  const found: Identity[] = [];
  for (const seen of observations) {
    const { id, name, faction, firstSeenAt, lastSeenAt, isCurrent } = seen;
    const realm = realmName(seen);
    const last = found.at(-1);
    if (last && last.name === name && last.realm === realm && last.faction === faction) {
      last.lastSeenAt = lastSeenAt;
      last.isCurrent = isCurrent;
    } else {
      found.push({ key: id, name, realm, faction, firstSeenAt, lastSeenAt, isCurrent });
    }
  }
  return found.reverse();
}

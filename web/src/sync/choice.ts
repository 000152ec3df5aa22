/** What the player synced last, kept in their browser. */
import { REGION_IDS } from '../words';

export interface SyncChoice {
  gameVersion: string;
  region: string;
}

const WHERE = 'character-sync/choice';
const FIRST: SyncChoice = { gameVersion: 'retail', region: guessedRegion() };

export function rememberedChoice(): SyncChoice {
  try {
    const held = JSON.parse(localStorage.getItem(WHERE) ?? '{}') as Partial<SyncChoice>;
    return {
      gameVersion: typeof held.gameVersion === 'string' ? held.gameVersion : FIRST.gameVersion,
      region: REGION_IDS.includes(held.region ?? '') ? held.region! : FIRST.region,
    };
  } catch {
    // A browser without storage, or somebody else's words in it.
    return FIRST;
  }
}

export function rememberChoice(choice: SyncChoice): SyncChoice {
  try {
    localStorage.setItem(WHERE, JSON.stringify(choice));
  } catch {
    // Then it is not remembered.
  }
  return choice;
}

/** Return the region most players of this time zone play in. */
function guessedRegion(): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? '';
  if (zone === 'Asia/Seoul') return 'kr';
  if (zone === 'Asia/Taipei' || zone === 'Asia/Hong_Kong') return 'tw';
  return /^(Europe|Africa)\//.test(zone) ? 'eu' : 'us';
}

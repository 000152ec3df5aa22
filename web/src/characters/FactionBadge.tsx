import type { ReactElement } from 'react';

const FACTIONS: Record<string, string> = { ALLIANCE: 'Alliance', HORDE: 'Horde', NEUTRAL: 'Neutral' };

export function factionName(faction: string): string {
  return FACTIONS[faction] ?? faction;
}

/** The faction by colour, letter and word. */
export function FactionBadge({ faction }: { faction: string | null }): ReactElement | null {
  if (faction === null) return null;
  const name = factionName(faction);
  return (
    <span className="faction" data-faction={faction}>
      <span className="faction__letter" aria-hidden="true">
        {name.charAt(0)}
      </span>
      {name}
    </span>
  );
}

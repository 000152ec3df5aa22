import type { CharacterProgress } from '@character-sync/react';
import type { ReactElement } from 'react';

import type { Character } from '../api/types';
import { RefreshButton } from '../sync/RefreshButton';
import { useRefresh } from '../sync/useRefresh';
import type { CardGroup } from '../groups/membership';
import { CharacterCard } from './CharacterCard';

/** A card that can be refreshed by itself. */
export function RefreshableCard({
  character,
  live,
  groups,
}: {
  character: Character;
  live: CharacterProgress | undefined;
  groups?: readonly CardGroup[] | undefined;
}): ReactElement {
  const refresh = useRefresh(character.id);
  const own: CharacterProgress | undefined = refresh.isRefreshing
    ? (refresh.live ?? { id: character.id, name: character.name, realm: character.realm, status: 'pending' })
    : live;
  return (
    <>
      <CharacterCard
        character={character}
        live={own}
        groups={groups}
        refresh={character.isActive && <RefreshButton name={character.name} refresh={refresh} />}
      />
      {refresh.error && (
        <p className="trouble" role="alert">
          {character.name}: {refresh.error}
        </p>
      )}
    </>
  );
}

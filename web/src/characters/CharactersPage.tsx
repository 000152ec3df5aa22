import { isFinal, type CharacterProgress } from '@character-sync/react';
import { useDeferredValue, useMemo, useState, type ReactElement } from 'react';
import { Link } from 'wouter';

import { wordsOf } from '../api/http';
import { useGroups } from '../api/belongings';
import { useQuestions } from '../api/identity';
import { useCharacters, useGameVersions } from '../api/queries';
import type { Character, Group } from '../api/types';
import { groupsByCharacter } from '../groups/membership';
import { WaitingQuestions } from '../identity/WaitingQuestions';
import { SyncPanel } from '../sync/SyncPanel';
import { useSyncClient, useSyncState } from '../sync/SyncClient';
import { Empty, Loading, ReadFailed } from '../ui/Notice';
import { useTitle } from '../ui/useTitle';
import { many, regionName } from '../words';
import { CharacterFilters } from './CharacterFilters';
import { ClassName } from './ClassName';
import { EVERYTHING, grouped, shown, type Order } from './grouping';
import { RefreshableCard } from './RefreshableCard';

/** The player's characters, and the sync that brings them in. */
export function CharactersPage(): ReactElement {
  useTitle('');
  const characters = useCharacters();
  // Read together with the characters, so that these do not move when a question or a group comes.
  const questions = useQuestions();
  const groups = useGroups();
  const waits = characters.isPending || questions.isPending || groups.isPending;
  const classOf = useMemo(
    () => new Map((characters.data ?? []).map(({ id, characterClass }) => [id, characterClass.id])),
    [characters.data],
  );
  return (
    <>
      <h1 className="hidden">Your characters</h1>
      <SyncPanel
        renderName={({ id, name }) => <ClassName classId={classOf.get(id) ?? null} name={name} />}
      />
      {waits && <CardSkeletons />}
      {characters.isError && (
        <ReadFailed what="Your characters" why={wordsOf(characters.error)} again={() => void characters.refetch()} />
      )}
      {!waits && <WaitingQuestions count={questions.data?.length ?? 0} />}
      {!waits && characters.data && characters.data.length > 0 && (
        <nav className="beside" aria-label="About your characters">
          <Link className="button" href="/groups">
            Groups
          </Link>
          <Link className="button" href="/who-is-who">
            Who is who
          </Link>
        </nav>
      )}
      {!waits && characters.data?.length === 0 && <NoCharactersYet />}
      {!waits && characters.data && characters.data.length > 0 && (
        <CharacterList characters={characters.data} groups={groups.data ?? NO_GROUPS} />
      )}
    </>
  );
}

function NoCharactersYet(): ReactElement {
  const { progress } = useSyncState(useSyncClient());
  if (progress !== null && !isFinal(progress.status)) return <CardSkeletons />;
  if (progress?.status === 'completed') {
    return (
      <Empty title="Battle.net lists no characters here">
        <p>
          Your account has none in this game version and region. Choose another version or region above, or check that you
          signed in with the right Battle.net account.
        </p>
      </Empty>
    );
  }
  return (
    <Empty title="No characters yet">
      <p>Choose your game version and region above and press Sync. You can watch every character arrive.</p>
    </Empty>
  );
}

const NO_GROUPS: Group[] = [];

function CharacterList({ characters, groups: own }: { characters: Character[]; groups: Group[] }): ReactElement {
  const versions = useGameVersions().data ?? [];
  const [filter, setFilter] = useState(EVERYTHING);
  const [order, setOrder] = useState<Order>('level');
  const wanted = useDeferredValue(filter);
  const groups = useMemo(
    () => grouped(shown(characters, wanted, own), versions, order),
    [characters, wanted, own, versions, order],
  );
  const membership = useMemo(() => groupsByCharacter(own), [own]);
  const live = useLiveCharacters();
  const total = groups.reduce((sum, group) => sum + group.total, 0);
  return (
    <section aria-label="Characters">
      <CharacterFilters
        characters={characters}
        groups={own}
        versions={versions}
        filter={filter}
        onFilter={setFilter}
        order={order}
        onOrder={setOrder}
      />
      <p className="hidden" role="status">
        {many(total, 'character')} shown
      </p>
      {groups.length === 0 && (
        <Empty title="No character matches">
          <button type="button" className="button" onClick={() => setFilter(EVERYTHING)}>
            Show all
          </button>
        </Empty>
      )}
      {groups.map((group) => (
        <section key={group.gameVersion} className="version" aria-labelledby={`version-${group.gameVersion}`}>
          <h2 id={`version-${group.gameVersion}`} className="version__title">
            {group.name} <span className="count">{many(group.total, 'character')}</span>
          </h2>
          {group.realms.map((realm) => (
            <section key={realm.key} className="realm">
              <h3 className="realm__title">
                {realm.realmName} <span className="realm__region">{regionName(realm.region)}</span>{' '}
                <span className="count">{realm.characters.length}</span>
              </h3>
              <ul className="cards">
                {realm.characters.map((character) => (
                  <li key={character.id}>
                    <RefreshableCard
                      character={character}
                      live={live.get(character.id)}
                      groups={membership.get(character.id)}
                    />
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </section>
      ))}
    </section>
  );
}

/** Return how each character stands in the followed sync, by id. */
function useLiveCharacters(): Map<string, CharacterProgress> {
  const { progress } = useSyncState(useSyncClient());
  const characters = progress !== null && !isFinal(progress.status) ? progress.characters : undefined;
  return useMemo(() => new Map((characters ?? []).map((character) => [character.id, character])), [characters]);
}

export function CardSkeletons(): ReactElement {
  return (
    <Loading what="your characters" shape="cards">
      {Array.from({ length: 6 }, (_, index) => (
        <div key={index} className="card--waiting" />
      ))}
    </Loading>
  );
}

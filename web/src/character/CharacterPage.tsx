import { CharacterSyncError, CharacterSyncProgress } from '@character-sync/react';
import { useId, type ReactElement, type ReactNode } from 'react';
import { useSearch } from 'wouter';

import { wordsOf } from '../api/http';
import { useCharacter } from '../api/queries';
import type { CharacterDetail } from '../api/types';
import { lastFetched, troubles } from '../characters/freshness';
import { CharacterAsOf } from '../past/AsOf';
import { MinePanel } from '../groups/MinePanel';
import { KnownAs } from '../past/KnownAs';
import { LastChanges } from '../past/Changes';
import { momentOf } from '../past/looks';
import { SeriesPanel } from '../past/StepChart';
import { TimelinePanel } from '../past/Timeline';
import { useRefresh } from '../sync/useRefresh';
import { Ago } from '../ui/Ago';
import { Crumb } from '../ui/Crumb';
import { Icon } from '../ui/icons';
import { Empty, Loading, Notice, ReadFailed } from '../ui/Notice';
import { useTitle } from '../ui/useTitle';
import { explain, facetName } from '../words';
import { CharacterHead } from './CharacterHead';
import { Gear } from './Gear';
import { Talents } from './Talents';
import { WhyOld } from './WhyOld';

/** Everything held of one character, or how it was at the moment that the address names. */
export function CharacterPage({ id }: { id: string }): ReactElement {
  const character = useCharacter(id);
  const moment = momentOf(useSearch());
  useTitle(character.data?.name ?? 'Character');
  return (
    <>
      <Crumb href="/">All characters</Crumb>
      {character.isPending && <Loading what="the character" shape="sheet--waiting" />}
      {character.isError && isMissing(character.error) && (
        <Empty as="h1" title="There is no such character">
          <p>It may have been removed, or it belongs to somebody else’s account.</p>
        </Empty>
      )}
      {character.isError && !isMissing(character.error) && (
        <ReadFailed what="The character" why={wordsOf(character.error)} again={() => void character.refetch()} />
      )}
      {character.data && moment !== null && <CharacterAsOf key={moment} character={character.data} moment={moment} />}
      {character.data && moment === null && (
        <CharacterSheet
          character={character.data}
          changes={<LastChanges id={id} facets={character.data.facets} />}
          mine={<MinePanel character={character.data} />}
          past={
            <>
              <SeriesPanel id={id} />
              <KnownAs id={id} />
              <TimelinePanel id={id} facets={character.data.facets} />
            </>
          }
        />
      )}
    </>
  );
}

function isMissing(error: Error): boolean {
  return error instanceof CharacterSyncError && (error.status === 404 || error.status === 422);
}

interface CharacterSheetProps {
  character: CharacterDetail;
  /** What is different from before; it is read on its own. */
  changes?: ReactNode;
  /** What the player says of it. */
  mine?: ReactNode;
  /** How the character was over time, likewise. */
  past?: ReactNode;
}

export function CharacterSheet({ character, changes, mine, past }: CharacterSheetProps): ReactElement {
  const refresh = useRefresh(character.id);
  const gear = useId();
  const talents = useId();
  return (
    <>
      <CharacterHead character={character}>
        <Foot character={character} onRefresh={refresh.refresh} isRefreshing={refresh.isRefreshing} />
      </CharacterHead>
      {refresh.error && (
        <Notice tone="error" title="The character could not be refreshed.">
          {refresh.error}
        </Notice>
      )}
      {refresh.progress && <CharacterSyncProgress progress={refresh.progress} recent={1} />}
      <Troubles character={character} />
      {changes}
      <section className="panel" aria-labelledby={gear}>
        <h2 id={gear} className="panel__title">
          Gear
        </h2>
        <Gear equipment={character.equipment} />
      </section>
      <section className="panel" aria-labelledby={talents}>
        <h2 id={talents} className="panel__title">
          Talents
        </h2>
        <Talents specializations={character.specializations} />
      </section>
      {mine}
      {past}
      <WhyOld facets={character.facets} isActive={character.isActive} />
    </>
  );
}

interface FootProps {
  character: CharacterDetail;
  onRefresh: () => void;
  isRefreshing: boolean;
}

/** How fresh the character is, and a way to make it fresher. */
function Foot({ character, onRefresh, isRefreshing }: FootProps): ReactElement {
  const fetched = lastFetched(character.facets);
  return (
    <div className="sheet__foot">
      <p>
        {fetched === null ? (
          'Not fetched yet'
        ) : (
          <>
            Updated <Ago at={fetched} />
          </>
        )}
        {character.lastLoginAt && (
          <>
            {' · last played '}
            <Ago at={character.lastLoginAt} />
          </>
        )}
      </p>
      {character.isActive && (
        <button type="button" className="button" disabled={isRefreshing} onClick={onRefresh}>
          <Icon name="refresh" /> {isRefreshing ? 'Refreshing …' : 'Refresh'}
        </button>
      )}
    </div>
  );
}

/** What is missing or old, said before what is there. */
function Troubles({ character }: { character: CharacterDetail }): ReactElement {
  return (
    <>
      {!character.isActive && (
        <Notice tone="warning" title="This character is no longer on your Battle.net account.">
          {character.archivedAt && (
            <>
              It was last seen there before <Ago at={character.archivedAt} />.{' '}
            </>
          )}
          What is shown here is the last that was known of it.
        </Notice>
      )}
      {troubles(character.facets).map(({ facet, reason, heldSince }) => {
        const { why, remedy } = explain(reason);
        return (
          <Notice
            key={facet}
            tone="warning"
            title={`${facetName(facet)}: ${heldSince ? 'not up to date' : 'nothing to show yet'}`}
          >
            {why} {remedy}{' '}
            {heldSince && (
              <>
                What is shown is from <Ago at={heldSince} />.
              </>
            )}
          </Notice>
        );
      })}
    </>
  );
}

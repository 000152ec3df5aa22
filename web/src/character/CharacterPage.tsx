import { CharacterSyncError, CharacterSyncProgress } from '@character-sync/react';
import { useId, type ReactElement } from 'react';
import { Link } from 'wouter';

import { wordsOf } from '../api/http';
import { useCharacter, useGameVersions } from '../api/queries';
import type { CharacterDetail } from '../api/types';
import { Avatar } from '../characters/Avatar';
import { describe } from '../characters/CharacterCard';
import { ClassName } from '../characters/ClassName';
import { classSlug } from '../characters/classes';
import { FactionBadge } from '../characters/FactionBadge';
import { lastFetched, troubles } from '../characters/freshness';
import { realmName } from '../characters/grouping';
import { useRefresh } from '../sync/useRefresh';
import { Ago } from '../ui/Ago';
import { Icon } from '../ui/icons';
import { Empty, Loading, Notice, ReadFailed } from '../ui/Notice';
import { useTitle } from '../ui/useTitle';
import { explain, facetName, regionName } from '../words';
import { FacetTable } from './FacetTable';
import { Gear } from './Gear';
import { Talents } from './Talents';

/** Everything held of one character. */
export function CharacterPage({ id }: { id: string }): ReactElement {
  const character = useCharacter(id);
  useTitle(character.data?.name ?? 'Character');
  return (
    <>
      <p className="crumb">
        <Link href="/">
          <Icon name="back" /> All characters
        </Link>
      </p>
      {character.isPending && <Loading what="the character" shape="sheet--waiting" />}
      {character.isError && isMissing(character.error) && (
        <Empty as="h1" title="There is no such character">
          <p>It may have been removed, or it belongs to somebody else’s account.</p>
        </Empty>
      )}
      {character.isError && !isMissing(character.error) && (
        <ReadFailed what="The character" why={wordsOf(character.error)} again={() => void character.refetch()} />
      )}
      {character.data && <CharacterSheet character={character.data} />}
    </>
  );
}

function isMissing(error: Error): boolean {
  return error instanceof CharacterSyncError && (error.status === 404 || error.status === 422);
}

export function CharacterSheet({ character }: { character: CharacterDetail }): ReactElement {
  const refresh = useRefresh(character.id);
  const gear = useId();
  const talents = useId();
  return (
    <>
      <CharacterHead character={character} onRefresh={refresh.refresh} isRefreshing={refresh.isRefreshing} />
      {refresh.error && (
        <Notice tone="error" title="The character could not be refreshed.">
          {refresh.error}
        </Notice>
      )}
      {refresh.progress && <CharacterSyncProgress progress={refresh.progress} recent={1} />}
      <Troubles character={character} />
      <section className="panel" aria-labelledby={gear}>
        <h2 id={gear} className="panel__title">
          Gear
        </h2>
        <Gear character={character} />
      </section>
      <section className="panel" aria-labelledby={talents}>
        <h2 id={talents} className="panel__title">
          Talents
        </h2>
        <Talents specializations={character.specializations} />
      </section>
      <section className="panel" aria-label="How fresh this is">
        <FacetTable facets={character.facets} />
      </section>
    </>
  );
}

interface CharacterHeadProps {
  character: CharacterDetail;
  onRefresh: () => void;
  isRefreshing: boolean;
}

function CharacterHead({ character, onRefresh, isRefreshing }: CharacterHeadProps): ReactElement {
  const { name, title, guild, faction, itemLevel, characterClass, region, gameVersion } = character;
  const versions = useGameVersions().data ?? [];
  const version = versions.find(({ id }) => id === gameVersion)?.name ?? gameVersion;
  const fetched = lastFetched(character.facets);
  return (
    <header className="sheet" data-class={classSlug(characterClass.id)}>
      <Avatar of={character} size="page" />
      <div className="sheet__who">
        <h1 className="sheet__name">
          <ClassName classId={characterClass.id} name={name} />
        </h1>
        {title && <p className="sheet__title">{title.replace('{name}', name)}</p>}
        <p className="sheet__what">{describe(character)}</p>
        <p className="sheet__where">
          {guild && (
            <span>
              &lt;<bdi>{guild}</bdi>&gt;
            </span>
          )}
          <span>{realmName(character)}</span>
          <span>{regionName(region)}</span>
          <span>{version}</span>
          <FactionBadge faction={faction} />
        </p>
      </div>
      <div className="sheet__strength">
        <p className="item-level item-level--page">
          <span className="item-level__value">{itemLevel ?? '–'}</span>
          <span className="item-level__unit">item level</span>
        </p>
      </div>
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
    </header>
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

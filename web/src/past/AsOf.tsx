import { useId, type ReactElement } from 'react';
import { Link } from 'wouter';

import { wordsOf } from '../api/http';
import { useAsOf } from '../api/past';
import type { CharacterDetail, FacetAsOf } from '../api/types';
import { CharacterHead } from '../character/CharacterHead';
import { Gear } from '../character/Gear';
import { Talents } from '../character/Talents';
import { Empty, Loading, Notice, ReadFailed } from '../ui/Notice';
import { clockTime, clockTimes, facetName } from '../words';
import { characterThen, isFromBefore, type Recalled } from './recalled';

/** A character as it was at a moment. */
export function CharacterAsOf({ character, moment }: { character: CharacterDetail; moment: string }): ReactElement {
  const then = useAsOf(character.id, moment);
  return (
    <>
      {then.isPending && <Loading what="how it was" shape="sheet--waiting" />}
      {then.isError && <ReadFailed what="How it was" why={wordsOf(then.error)} again={() => void then.refetch()} />}
      {then.data && <SheetAsOf character={character} then={then.data} />}
    </>
  );
}

export function SheetAsOf({ character, then }: { character: CharacterDetail; then: Recalled }): ReactElement {
  const was = characterThen(character, then);
  const gear = useId();
  const talents = useId();
  return (
    <>
      <Notice
        tone="info"
        title={`This is ${character.name} as of ${clockTime(then.asOf)}.`}
        action={
          <Link href={`/characters/${character.id}`} className="button">
            Back to now
          </Link>
        }
      >
        It is not how the character is today.
      </Notice>
      {was === null ? <h1 className="page-title">{character.name}</h1> : <CharacterHead character={was} />}
      <NotSure facet="profile" then={then} />
      <section className="panel" aria-labelledby={gear}>
        <h2 id={gear} className="panel__title">
          Gear
        </h2>
        <NotSure facet="equipment" then={then} />
        {then.equipment === null ? <NoContent facet="equipment" of={then.facets.equipment} /> : <Gear equipment={then.equipment} />}
      </section>
      <section className="panel" aria-labelledby={talents}>
        <h2 id={talents} className="panel__title">
          Talents
        </h2>
        <NotSure facet="specializations" then={then} />
        {then.specializations === null ? (
          <NoContent facet="specializations" of={then.facets.specializations} />
        ) : (
          <Talents specializations={then.specializations} />
        )}
      </section>
    </>
  );
}

/** Said where what is shown was seen before the moment, and nobody knows whether it still was so. */
function NotSure({ facet, then }: { facet: string; then: Recalled }): ReactElement | null {
  const seen = then.facets[facet];
  if (!isFromBefore(seen, then.asOf) || !seen?.lastSeenAt) return null;
  return (
    <Notice tone="warning" title={`${facetName(facet)}: not known for that moment`}>
      What is shown was last seen on {clockTime(seen.lastSeenAt)}. {unknownUntil(seen)}
    </Notice>
  );
}

function unknownUntil({ lastSeenAt, endedAt }: FacetAsOf): string {
  if (lastSeenAt === null || endedAt === null) return 'Nobody has looked since.';
  const [from, to] = clockTimes(lastSeenAt, endedAt);
  return `What it was between ${from} and ${to} is not known; then it was different.`;
}

function NoContent({ facet, of }: { facet: string; of: FacetAsOf | undefined }): ReactElement {
  if (of?.state === 'absent') {
    return (
      <Empty title="Nothing to show">
        <p>Battle.net had nothing of it then.</p>
      </Empty>
    );
  }
  return (
    <Empty title="Not known">
      <p>{facetName(facet)} had not been seen by then.</p>
    </Empty>
  );
}

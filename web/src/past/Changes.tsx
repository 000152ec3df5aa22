import { useId, type ReactElement } from 'react';

import { wordsOf } from '../api/http';
import { useLastChange } from '../api/past';
import type { CharacterDetail, CharacterDiff } from '../api/types';
import { Ago } from '../ui/Ago';
import { Loading, ReadFailed } from '../ui/Notice';
import { clockTime } from '../words';
import { changeWords } from './changeWords';

type Facets = CharacterDetail['facets'];

/** What changed since last time: each facet against what it was before. */
export function LastChanges({ id, facets }: { id: string; facets: Facets }): ReactElement {
  const diff = useLastChange(id);
  const title = useId();
  return (
    <section className="panel" aria-labelledby={title}>
      <h2 id={title} className="panel__title">
        What changed since last time
      </h2>
      {diff.isPending && <Loading what="what changed" shape="past--waiting" />}
      {diff.isError && <ReadFailed what="What changed" why={wordsOf(diff.error)} again={() => void diff.refetch()} />}
      {diff.data && <Changes diff={diff.data} facets={facets} />}
    </section>
  );
}

export function Changes({ diff, facets }: { diff: Pick<CharacterDiff, 'facets'>; facets: Facets }): ReactElement {
  const changes = changeWords(diff);
  if (changes.length === 0) return <p className="panel__text">{nothingChanged(facets)}</p>;
  return (
    <div className="changes">
      {changes.map(({ facet, name, lines }) => (
        <section key={facet} className="changes__facet">
          <h3 className="changes__name">
            {name}
            {facets[facet]?.changedAt && (
              <span className="changes__when">
                found <Ago at={facets[facet].changedAt} />
              </span>
            )}
          </h3>
          <ul className="changes__lines">
            {lines.map(({ what, words }, index) => (
              <li key={index}>
                <strong>{what}</strong>: {words}
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function nothingChanged(facets: Facets): string {
  const moments = Object.values(facets).flatMap(({ changedAt }) => changedAt ?? []);
  if (moments.length === 0) return 'Nothing has been fetched of this character yet, so nothing can have changed.';
  return `Nothing has changed since ${clockTime(moments.reduce((latest, one) => (one > latest ? one : latest)))}.`;
}

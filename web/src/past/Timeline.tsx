import { useId, useState, type ReactElement } from 'react';
import { Link } from 'wouter';

import { wordsOf } from '../api/http';
import { useStates } from '../api/past';
import type { CharacterDetail, FacetName, State } from '../api/types';
import { Loading, ReadFailed } from '../ui/Notice';
import { facetName } from '../words';
import { asOfHref, looks, lookTitles, stateWords, type Look } from './looks';

/** How the character was, state by state, newest first. */
export function TimelinePanel({ id, facets }: { id: string; facets: CharacterDetail['facets'] }): ReactElement {
  const [facet, setFacet] = useState<FacetName | null>(null);
  const states = useStates(id, facet);
  const title = useId();
  const choice = useId();
  const offered = Object.keys(facets).filter((name) => facets[name]?.state !== 'not_offered');
  return (
    <section className="panel" aria-labelledby={title}>
      <div className="past__head">
        <h2 id={title} className="panel__title">
          How it was before
        </h2>
        <div className="field">
          <label htmlFor={choice}>Show</label>
          <select id={choice} value={facet ?? ''} onChange={({ target }) => setFacet((target.value || null) as FacetName | null)}>
            <option value="">Everything</option>
            {offered.map((name) => (
              <option key={name} value={name}>
                {facetName(name)}
              </option>
            ))}
          </select>
        </div>
      </div>
      {states.isPending && <Loading what="how it was" shape="past--waiting" />}
      {states.isError && <ReadFailed what="How it was" why={wordsOf(states.error)} again={() => void states.refetch()} />}
      {states.data && <Timeline id={id} states={states.data.pages.flatMap(({ items }) => items)} />}
      {states.hasNextPage && (
        <button type="button" className="button" disabled={states.isFetchingNextPage} onClick={() => void states.fetchNextPage()}>
          {states.isFetchingNextPage ? 'Loading …' : 'Show older states'}
        </button>
      )}
    </section>
  );
}

export function Timeline({ id, states }: { id: string; states: readonly State[] }): ReactElement {
  if (states.length === 0) return <p className="panel__text">Nothing has been seen of it yet.</p>;
  const found = looks(states);
  const titles = lookTitles(found);
  return (
    <ol className="timeline">
      {found.map((look, index) => (
        <TimelineLook key={look.at} id={id} look={look} title={titles[index]!} />
      ))}
    </ol>
  );
}

interface TimelineLookProps {
  id: string;
  look: Look;
  title: string;
}

function TimelineLook({ id, look: { at, states }, title }: TimelineLookProps): ReactElement {
  return (
    <li className="look">
      <div className="look__head">
        <h3 className="look__when">
          <time dateTime={at}>{title}</time>
        </h3>
        <Link href={asOfHref(id, at)} aria-label={`See it as of then: ${title}`}>
          See it as of then
        </Link>
      </div>
      <ul className="look__states">
        {states.map((state) => {
          const { what, seen, gap } = stateWords(state);
          return (
            <li key={state.facet}>
              <strong>{what}</strong>: {seen}
              {gap && <span className="look__gap">{gap}</span>}
            </li>
          );
        })}
      </ul>
    </li>
  );
}

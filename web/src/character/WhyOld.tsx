import { useId, type ReactElement } from 'react';

import type { Facet } from '../api/types';
import { useNow } from '../ui/useNow';
import { clockTime, facetName } from '../words';
import { whyOld } from './facetWords';

/** How fresh each facet is, and why one is missing or old: in words, and with the times. */
export function WhyOld({ facets, isActive }: { facets: { [facet: string]: Facet }; isActive: boolean }): ReactElement {
  const title = useId();
  return (
    <section className="panel" aria-labelledby={title}>
      <h2 id={title} className="panel__title">
        Why is this old?
      </h2>
      <ul className="facets">
        {Object.entries(facets).map(([name, facet]) => (
          <li key={name} className="facet" data-state={facet.state}>
            <h3 className="facet__name">
              {facetName(name)} <span className="facet__state">{STATES[facet.state]}</span>
            </h3>
            <Words name={name} facet={facet} isActive={isActive} />
            {facet.state !== 'not_offered' && <Times facet={facet} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Words({ name, facet, isActive }: { name: string; facet: Facet; isActive: boolean }): ReactElement {
  // What has just been heard of may be newer than the page's minute.
  const now = Math.max(useNow(), Date.parse(facet.attemptedAt ?? '') || 0);
  return <p>{whyOld(name, facet, now, isActive).join(' ')}</p>;
}

function Times({ facet: { attemptedAt, fetchedAt, upstreamModifiedAt, nextDueAt } }: { facet: Facet }): ReactElement {
  const times: [string, string | null | undefined, string][] = [
    ['Last asked', attemptedAt, 'never'],
    ['Last answered', fetchedAt, 'never'],
    ['Changed at Battle.net', upstreamModifiedAt, 'not known'],
    ['Asked again by', nextDueAt, 'the next sync'],
  ];
  return (
    <dl className="facet__times">
      {times.map(([what, moment, otherwise]) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd>{moment ? <time dateTime={moment}>{clockTime(moment)}</time> : otherwise}</dd>
        </div>
      ))}
    </dl>
  );
}

const STATES: Record<Facet['state'], string> = {
  current: 'Up to date',
  pending: 'Not fetched yet',
  absent: 'Battle.net has none',
  failed: 'Not up to date',
  not_offered: 'Not part of this game version',
};

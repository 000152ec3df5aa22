import type { ReactElement } from 'react';

import type { Facet } from '../api/types';
import { Ago } from '../ui/Ago';
import { explain, facetName } from '../words';

/** How fresh each facet is, and why one is missing or old. */
export function FacetTable({ facets }: { facets: { [facet: string]: Facet } }): ReactElement {
  return (
    <table className="facets">
      <caption>How fresh this is</caption>
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">State</th>
          <th scope="col">From Battle.net</th>
          <th scope="col">Last changed</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(facets).map(([name, facet]) => (
          <tr key={name} data-state={facet.state}>
            <th scope="row">{facetName(name)}</th>
            <td>
              <State facet={facet} />
            </td>
            <td>{facet.fetchedAt ? <Ago at={facet.fetchedAt} /> : 'never'}</td>
            <td>{facet.changedAt ? <Ago at={facet.changedAt} /> : 'not known'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const STATES: Record<Facet['state'], string> = {
  current: 'Up to date',
  pending: 'Not fetched yet',
  absent: 'Battle.net has none',
  failed: 'Not up to date',
  not_offered: 'Not part of this game version',
};

function State({ facet }: { facet: Facet }): ReactElement {
  const why = facet.reason === null ? null : explain(facet.reason);
  return (
    <>
      <span className="facets__state">{STATES[facet.state]}</span>
      {why && (
        <span className="facets__why">
          {why.why} {why.remedy}
        </span>
      )}
    </>
  );
}

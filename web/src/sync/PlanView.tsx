import { useId, type ReactElement } from 'react';
import { Link } from 'wouter';

import type { SyncPlan } from '../api/types';
import { many } from '../words';
import { planSections, planSummary, type PlanSection } from './planWords';

/** So many are shown at once; the others are one press away. */
const SHOWN = 12;

interface PlanViewProps {
  plan: SyncPlan;
  isBusy: boolean;
  onSync: () => void;
  onClose: () => void;
}

/** What a sync would do to each character and why, before it does it. */
export function PlanView({ plan, isBusy, onSync, onClose }: PlanViewProps): ReactElement {
  const title = useId();
  return (
    <section className="plan" aria-labelledby={title}>
      <h3 id={title} className="plan__title">
        What a sync would change
      </h3>
      <p role="status">{planSummary(plan)}</p>
      {planSections(plan).map((section) => (
        <Section key={section.name} section={section} />
      ))}
      <div className="actions">
        <button type="button" className="button button--main" disabled={isBusy} onClick={onSync}>
          Sync now
        </button>
        <button type="button" className="button" onClick={onClose}>
          Not now
        </button>
      </div>
    </section>
  );
}

function Section({ section }: { section: PlanSection }): ReactElement {
  const { name, title, why, lines } = section;
  const more = lines.slice(SHOWN);
  return (
    <div className="plan__section" data-section={name}>
      <h4 className="plan__name">
        {title} <span className="count">{lines.length}</span>
      </h4>
      <p className="plan__why">{why}</p>
      <Lines lines={lines.slice(0, SHOWN)} />
      {more.length > 0 && (
        <details>
          <summary>{many(more.length, 'more character')}</summary>
          <Lines lines={more} />
        </details>
      )}
    </div>
  );
}

function Lines({ lines }: { lines: PlanSection['lines'] }): ReactElement {
  return (
    <ul className="plan__lines">
      {lines.map(({ key, name, realm, id, words }) => (
        <li key={key}>
          {id === null ? <bdi>{name}</bdi> : <Link href={`/characters/${id}`}><bdi>{name}</bdi></Link>}{' '}
          <span className="plan__more">
            {realm}
            {words && `, ${words}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

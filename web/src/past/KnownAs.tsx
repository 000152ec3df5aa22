import { useId, type ReactElement } from 'react';

import { useObservations } from '../api/past';
import { factionName } from '../characters/FactionBadge';
import { clockTime } from '../words';
import { identities, type Identity } from './knownAs';

/** The names, realms and sides a character had; nothing where it was always the same. */
export function KnownAs({ id }: { id: string }): ReactElement | null {
  const found = identities(useObservations(id).data ?? []);
  return found.length > 1 ? <KnownAsPanel identities={found} /> : null;
}

export function KnownAsPanel({ identities: found }: { identities: readonly Identity[] }): ReactElement {
  const title = useId();
  return (
    <section className="panel" aria-labelledby={title}>
      <h2 id={title} className="panel__title">
        Known as
      </h2>
      <ul className="known-as">
        {found.map(({ key, name, realm, faction, firstSeenAt, lastSeenAt, isCurrent }) => (
          <li key={key} className="known-as__one">
            <strong>
              <bdi>{name}</bdi>
            </strong>{' '}
            <span>{realm}</span>
            {faction && <span className="known-as__when">{factionName(faction)}</span>}
            <span className="known-as__when">
              {isCurrent ? `since ${clockTime(firstSeenAt)}` : `${clockTime(firstSeenAt)} to ${clockTime(lastSeenAt)}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

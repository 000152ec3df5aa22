import type { ReactElement } from 'react';
import { Link } from 'wouter';

import type { Change } from '../api/types';
import { realmName } from '../characters/grouping';
import { useNow } from '../ui/useNow';
import { clockTime, timeOfDay } from '../words';
import { days, happened, syncWords } from './activityWords';

interface ActivityProps {
  changes: readonly Change[];
  versionName: (id: string) => string;
}

/** Changes by day, each in a line. */
export function Activity({ changes, versionName }: ActivityProps): ReactElement {
  const now = useNow();
  return (
    <>
      {days(changes, now).map((day) => (
        <section key={day.key} className="panel" aria-label={day.title}>
          <h2 className="panel__title">{day.title}</h2>
          <ul className="happened">
            {day.changes.map((change) => (
              <li key={change.number} className="happened__one">
                <time className="happened__time" dateTime={change.at} title={clockTime(change.at)}>
                  {timeOfDay(change.at)}
                </time>
                <Happening change={change} versionName={versionName} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

function Happening({ change, versionName }: { change: Change; versionName: (id: string) => string }): ReactElement {
  const { type, character, sessionId, detail } = change;
  if (type === 'sync.finished') {
    const words = syncWords(detail, versionName);
    return <p>{sessionId ? <Link href={`/history/${sessionId}`}>{words}</Link> : words}</p>;
  }
  return (
    <p>
      {character ? (
        <>
          <Link href={`/characters/${character.id}`}>
            <bdi>{character.name}</bdi>
          </Link>{' '}
          <span className="happened__where">{realmName(character)}</span>
        </>
      ) : (
        'A character that is no longer held'
      )}
      : {happened(change)}
    </p>
  );
}

import type { ReactElement } from 'react';
import { Link } from 'wouter';

import { wordsOf } from '../api/http';
import { useGameVersions, useSyncSessions } from '../api/queries';
import type { SessionSummary } from '../api/types';
import { Ago } from '../ui/Ago';
import { Empty, Loading, ReadFailed } from '../ui/Notice';
import { useTitle } from '../ui/useTitle';
import { kindName, many, regionName } from '../words';
import { SyncStatus } from './SyncStatus';

/** Every sync of the player, newest first. */
export function HistoryPage(): ReactElement {
  useTitle('History');
  const sessions = useSyncSessions();
  const items = sessions.data?.pages.flatMap((page) => page.items);
  return (
    <>
      <h1 className="page-title">Sync history</h1>
      <nav className="beside" aria-label="About your syncs">
        <Link className="button" href="/schedules">
          Automatic syncs
        </Link>
        <Link className="button" href="/changes">
          What happened
        </Link>
      </nav>
      {sessions.isPending && <Loading what="your syncs" shape="panel--waiting" />}
      {sessions.isError && (
        <ReadFailed what="Your syncs" why={wordsOf(sessions.error)} again={() => void sessions.refetch()} />
      )}
      {items?.length === 0 && (
        <Empty title="No syncs yet">
          <p>
            Start one under <Link href="/">Characters</Link>; each one is kept here with what came of every character.
          </p>
        </Empty>
      )}
      {items && items.length > 0 && (
        <ul className="sessions">
          {items.map((session) => (
            <li key={session.sessionId}>
              <SessionRow session={session} />
            </li>
          ))}
        </ul>
      )}
      {sessions.hasNextPage && (
        <button
          type="button"
          className="button"
          disabled={sessions.isFetchingNextPage}
          onClick={() => void sessions.fetchNextPage()}
        >
          {sessions.isFetchingNextPage ? 'Loading …' : 'Show older syncs'}
        </button>
      )}
    </>
  );
}

export function SessionRow({ session }: { session: SessionSummary }): ReactElement {
  const versions = useGameVersions().data ?? [];
  const { sessionId, status, kind, gameVersion, region, startedAt } = session;
  const name = versions.find(({ id }) => id === gameVersion)?.name ?? gameVersion;
  return (
    <Link href={`/history/${sessionId}`} className="session">
      <SyncStatus status={status} />
      <span className="session__what">
        <strong>{name}</strong> {regionName(region)}
        <span className="session__kind">{kindName(kind)}</span>
      </span>
      <span className="session__counts">{outcome(session)}</span>
      <span className="session__when">
        <Ago at={startedAt} />
      </span>
    </Link>
  );
}

/** Return what came of a sync's characters: `54 updated, 6 skipped`. */
export function outcome(session: SessionSummary): string {
  const { totalCharacters, processedCharacters, failedCharacters, skippedCharacters } = session;
  if (totalCharacters === 0) return 'No characters';
  const updated = processedCharacters - failedCharacters - skippedCharacters;
  const parts = [`${updated} of ${many(totalCharacters, 'character')} updated`];
  if (skippedCharacters > 0) parts.push(`${skippedCharacters} skipped`);
  if (failedCharacters > 0) parts.push(`${failedCharacters} failed`);
  return parts.join(', ');
}

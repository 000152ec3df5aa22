import { CharacterSyncError, CharacterSyncProgress, isFinal } from '@character-sync/react';
import { useMutation } from '@tanstack/react-query';
import { useEffect, type ReactElement } from 'react';
import { Link, useLocation } from 'wouter';

import { ask, wordsOf } from '../api/http';
import { useGameVersions, useSyncSession } from '../api/queries';
import type { Snapshot, SyncStarted } from '../api/types';
import { realmName } from '../characters/grouping';
import { useSyncClient, useSyncState } from '../sync/SyncClient';
import { Crumb } from '../ui/Crumb';
import { Empty, Loading, Notice, ReadFailed } from '../ui/Notice';
import { Trouble } from '../ui/Trouble';
import { useTitle } from '../ui/useTitle';
import { clockTime, duration, explain, kindName, many, regionName } from '../words';
import { outcome } from './HistoryPage';
import { SyncStatus } from './SyncStatus';

/** One sync, with what came of every character. */
export function SyncSessionPage({ id }: { id: string }): ReactElement {
  useTitle('Sync');
  const session = useSyncSession(id);
  const isMissing = session.error instanceof CharacterSyncError && [404, 422].includes(session.error.status);
  return (
    <>
      <Crumb href="/history">All syncs</Crumb>
      {session.isPending && <Loading what="the sync" shape="panel--waiting" />}
      {session.isError && isMissing && (
        <Empty as="h1" title="There is no such sync">
          <p>It belongs to somebody else, or it has been removed.</p>
        </Empty>
      )}
      {session.isError && !isMissing && (
        <ReadFailed what="The sync" why={wordsOf(session.error)} again={() => void session.refetch()} />
      )}
      {session.data && <SyncSession session={session.data} read={() => void session.refetch()} />}
    </>
  );
}

function SyncSession({ session, read }: { session: Snapshot; read: () => void }): ReactElement {
  const client = useSyncClient();
  const followed = useSyncState(client).progress;
  const live = followed?.sessionId === session.sessionId ? followed : null;
  const runs = !isFinal(session.status);
  useEffect(() => {
    if (runs) client.joinSession(session.sessionId);
  }, [client, runs, session.sessionId]);
  const ended = live !== null && isFinal(live.status) && runs;
  useEffect(() => {
    if (ended) read();
  }, [ended]);
  const versions = useGameVersions().data ?? [];
  const version = versions.find(({ id }) => id === session.gameVersion)?.name ?? session.gameVersion;
  return (
    <>
      <h1 className="page-title">
        {version} <span className="page-title__more">{regionName(session.region)}</span>
      </h1>
      {runs && live ? (
        <CharacterSyncProgress progress={live} />
      ) : (
        <p className="session-facts">
          <SyncStatus status={session.status} />
          <span>{kindName(session.kind)}</span>
          <span>{outcome(session)}</span>
          <span>{clockTime(session.startedAt)}</span>
          {session.completedAt && <span>took {duration(session.startedAt, session.completedAt)}</span>}
        </p>
      )}
      {session.error && (
        <Notice tone="error" title="The sync failed as a whole.">
          {session.error}
        </Notice>
      )}
      {!runs && <RetryFailed session={session} />}
      <SessionCharacters session={session} />
    </>
  );
}

function RetryFailed({ session }: { session: Snapshot }): ReactElement | null {
  const client = useSyncClient();
  const [, go] = useLocation();
  const retry = useMutation({
    mutationFn: () => ask<SyncStarted>('POST', `/api/v1/sync-sessions/${encodeURIComponent(session.sessionId)}/retry`),
    onSuccess: ({ sessionId }) => {
      client.joinSession(sessionId);
      go(`/history/${sessionId}`);
    },
  });
  const left = session.characters.filter(({ status }) => status === 'failed' || status === 'skipped').length;
  if (left === 0) return null;
  return (
    <div className="actions">
      <button type="button" className="button" disabled={retry.isPending} onClick={() => retry.mutate()}>
        Try {many(left, 'character')} again
      </button>
      <Trouble error={retry.error} />
    </div>
  );
}

/** What did not arrive is what one comes here for: it stands first. */
const FIRST = ['failed', 'skipped', 'cancelled', 'processing', 'pending', 'completed'];

export function SessionCharacters({ session }: { session: Snapshot }): ReactElement | null {
  if (session.characters.length === 0) return null;
  const rows = [...session.characters].sort((a, b) => FIRST.indexOf(a.status) - FIRST.indexOf(b.status));
  return (
    <table className="outcomes">
      <caption className="hidden">What came of every character</caption>
      <thead>
        <tr>
          <th scope="col">Character</th>
          <th scope="col">Outcome</th>
          <th scope="col">Why</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((character) => (
          <tr key={character.jobId} data-status={character.status}>
            <th scope="row">
              <Link href={`/characters/${character.id}`}>
                <bdi>{character.name}</bdi>
              </Link>{' '}
              <span className="outcomes__realm">{realmName(character)}</span>
            </th>
            <td>
              <SyncStatus status={character.status} />
            </td>
            <td className="outcomes__why">{character.reason ? reasonText(character.reason) : ''}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function reasonText(reason: string): string {
  const { why, remedy } = explain(reason);
  return remedy ? `${why} ${remedy}` : why;
}

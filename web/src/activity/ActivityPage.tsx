import { useState, type ReactElement } from 'react';
import { Link } from 'wouter';

import { useChanges } from '../api/changes';
import { wordsOf } from '../api/http';
import { useGameVersions } from '../api/queries';
import { Crumb } from '../ui/Crumb';
import { Empty, Loading, ReadFailed } from '../ui/Notice';
import { useTitle } from '../ui/useTitle';
import { Activity } from './Activity';

/** At first, and more with each press: a few screens. */
const AT_ONCE = 60;

/** What happened to the player's characters, newest first. */
export default function ActivityPage(): ReactElement {
  useTitle('What happened');
  const feed = useChanges();
  const versions = useGameVersions().data ?? [];
  const [most, setMost] = useState(AT_ONCE);
  const changes = feed.data?.changes ?? [];
  return (
    <>
      <Crumb href="/history">All syncs</Crumb>
      <h1 className="page-title">What happened</h1>
      <p className="panel__text">
        What syncs found to be new or different, for a month. Your own programs can read the same, or be told of it:{' '}
        <Link href="/account">webhooks</Link>.
      </p>
      {feed.isPending && <Loading what="what happened" shape="panel--waiting" />}
      {feed.isError && <ReadFailed what="What happened" why={wordsOf(feed.error)} again={() => void feed.refetch()} />}
      {feed.data && changes.length === 0 && (
        <Empty title="Nothing happened yet">
          <p>Once your characters have been synced, what changes is told here.</p>
        </Empty>
      )}
      <Activity
        changes={changes.slice(0, most)}
        versionName={(id) => versions.find((version) => version.id === id)?.name ?? id}
      />
      {changes.length > most && (
        <button type="button" className="button" onClick={() => setMost(most + AT_ONCE)}>
          Show older
        </button>
      )}
    </>
  );
}

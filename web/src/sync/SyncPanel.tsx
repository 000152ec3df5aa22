import { CharacterSyncProgress, useCharacterSync, type CharacterProgress } from '@character-sync/react';
import { CharacterSyncError, isFinal, type SyncProgress } from '@character-sync/react/client';
import { useMutation } from '@tanstack/react-query';
import { useId, useState, type ReactElement, type ReactNode } from 'react';
import { Link } from 'wouter';

import { wordsOf } from '../api/http';
import { usePlan } from '../api/plan';
import { useGameVersions } from '../api/queries';
import { ScheduleLine } from '../schedules/ScheduleLine';
import { Choice } from '../ui/Choice';
import { Notice } from '../ui/Notice';
import { Trouble } from '../ui/Trouble';
import { many, REGION_IDS, regionName } from '../words';
import { rememberedChoice, rememberChoice } from './choice';
import { PlanView } from './PlanView';
import { useSyncClient, useSyncState } from './SyncClient';

interface SyncPanelProps {
  /** How a name is shown: in its class's colour. */
  renderName: (character: CharacterProgress) => ReactNode;
}

/** Choose what to sync, start it, and watch it. */
export function SyncPanel({ renderName }: SyncPanelProps): ReactElement {
  const title = useId();
  const client = useSyncClient();
  const { progress, startSync } = useCharacterSync();
  const { isStarting, error, errorIn, signInUrl } = useSyncState(client);
  const versions = useGameVersions().data ?? [];
  const [choice, setChoice] = useState(rememberedChoice);
  const plan = usePlan();
  const choose = (change: Partial<typeof choice>): void => {
    plan.reset();
    setChoice(rememberChoice({ ...choice, ...change }));
  };
  const sync = (): void => {
    plan.reset();
    // What goes wrong is shown from the client's state.
    startSync(choice.gameVersion, { region: choice.region }).catch(() => {});
  };
  const runs = progress !== null && !isFinal(progress.status);
  const runsChosen = runs && progress.gameVersion === choice.gameVersion;

  return (
    <section className="panel sync" aria-labelledby={title}>
      <h2 id={title} className="panel__title">
        Sync your characters
      </h2>
      <form
        className="sync__form"
        onSubmit={(event) => {
          event.preventDefault();
          sync();
        }}
      >
        <fieldset className="versions">
          <legend>Game version</legend>
          {versions.map(({ id, name }) => (
            <label key={id} className="versions__one">
              <input
                type="radio"
                name={`${title}-version`}
                value={id}
                checked={choice.gameVersion === id}
                onChange={() => choose({ gameVersion: id })}
              />
              <span>{name}</span>
            </label>
          ))}
        </fieldset>
        <Choice
          label="Region"
          value={choice.region}
          options={REGION_IDS.map((value) => ({ value, label: regionName(value) }))}
          onChange={(region) => choose({ region })}
        />
        <button type="submit" className="button button--main" disabled={isStarting || runsChosen || versions.length === 0}>
          {isStarting ? 'Asking Battle.net …' : runsChosen ? 'Syncing …' : 'Sync'}
        </button>
      </form>
      <div className="sync__more">
        <button
          type="button"
          className="button"
          disabled={plan.isPending || isStarting || runsChosen || versions.length === 0}
          onClick={() => plan.mutate(choice)}
        >
          {plan.isPending ? 'Asking Battle.net …' : 'What would change?'}
        </button>
        <ScheduleLine gameVersion={choice.gameVersion} region={choice.region} />
      </div>
      {error && errorIn === 'start' && (
        <Refused title="The sync did not start." signInUrl={signInUrl}>
          {error}
        </Refused>
      )}
      {plan.error && <PlanRefused error={plan.error} />}
      {plan.data && <PlanView plan={plan.data} isBusy={isStarting || runsChosen} onSync={sync} onClose={() => plan.reset()} />}
      <div className="sync__progress">
        <CharacterSyncProgress progress={progress} renderName={renderName} />
        {progress && <WhatNext progress={progress} />}
      </div>
      {error && errorIn === 'session' && progress?.status !== 'failed' && (
        <Notice tone="warning" title="The sync cannot be watched right now.">
          {error}
        </Notice>
      )}
    </section>
  );
}

function PlanRefused({ error }: { error: Error }): ReactElement {
  return (
    <Refused title="What would change cannot be told." signInUrl={error instanceof CharacterSyncError ? error.problem.signInUrl : null}>
      {wordsOf(error)}
    </Refused>
  );
}

/** What was not done and why; `signInUrl` where a new sign-in would help. */
function Refused({ title, signInUrl, children }: { title: string; signInUrl?: string | null | undefined; children: ReactNode }): ReactElement {
  return (
    <Notice
      tone="error"
      title={title}
      action={
        signInUrl && (
          <a className="button" href={signInUrl}>
            Sign in again
          </a>
        )
      }
    >
      {children}
    </Notice>
  );
}

/** What can be done with a sync: stop it, try again what failed, look closer, put it away. */
function WhatNext({ progress }: { progress: SyncProgress }): ReactElement {
  const client = useSyncClient();
  const cancel = useMutation({ mutationFn: () => client.cancel() });
  const retry = useMutation({ mutationFn: () => client.retry() });
  const ended = isFinal(progress.status);
  const left = progress.failedCharacters + progress.skippedCharacters;
  const trouble = cancel.error ?? retry.error;
  return (
    <>
      <div className="actions">
        {!ended && (
          <button type="button" className="button" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
            {cancel.isPending ? 'Cancelling …' : 'Cancel'}
          </button>
        )}
        {ended && left > 0 && (
          <button type="button" className="button" disabled={retry.isPending} onClick={() => retry.mutate()}>
            Try {many(left, 'character')} again
          </button>
        )}
        <Link className="button" href={`/history/${progress.sessionId}`}>
          Details
        </Link>
        {ended && (
          <button type="button" className="button" onClick={() => client.reset()}>
            Close
          </button>
        )}
      </div>
      <Trouble error={trouble} />
    </>
  );
}

import { useState, type ReactElement } from 'react';
import { Link } from 'wouter';

import { wordsOf } from '../api/http';
import type { Webhook } from '../api/types';
import { useCreateWebhook, useDeleteWebhook, usePauseWebhook, useReplaceSecret, useWebhooks } from '../api/webhooks';
import { ReadFailed } from '../ui/Notice';
import { Sure } from '../ui/Sure';
import { Trouble } from '../ui/Trouble';
import { useNow } from '../ui/useNow';
import { AddForm } from './AddForm';
import { ShownOnce } from './ShownOnce';
import { eventsWords, TOLD_OF, webhookTrouble } from './webhookWords';

/** Webhooks: where the player's own programs are told of changes. */
export function Webhooks(): ReactElement {
  const webhooks = useWebhooks();
  const create = useCreateWebhook();
  const pause = usePauseWebhook();
  const remove = useDeleteWebhook();
  const replace = useReplaceSecret();
  const trouble = pause.error ?? remove.error ?? replace.error;
  return (
    <section className="panel" aria-labelledby="webhooks">
      <h2 id="webhooks" className="panel__title">
        Webhooks
      </h2>
      <p className="panel__text">
        A webhook tells a program of yours at once what happened to your characters: a raid planner, a bot, a guild’s site.
      </p>
      <AddForm
        label="Address"
        input={{ type: 'url', maxLength: 2048, placeholder: 'https://' }}
        choice={{ label: 'Told of', options: TOLD_OF, usual: '' }}
        button="Add webhook"
        isBusy={create.isPending}
        error={create.error}
        onAdd={(url, events) => create.mutateAsync({ url, events: events === '' ? [] : [events] })}
      />
      {create.data && <ShownSecret secret={create.data.secret} />}
      {webhooks.isError && <ReadFailed what="Your webhooks" why={wordsOf(webhooks.error)} again={() => void webhooks.refetch()} />}
      {webhooks.data?.length === 0 && <p className="panel__text">You have no webhooks.</p>}
      {webhooks.data && webhooks.data.length > 0 && (
        <ul>
          {webhooks.data.map((webhook) => (
            <WebhookRow
              key={webhook.id}
              webhook={webhook}
              isBusy={pause.isPending || remove.isPending || replace.isPending}
              newSecret={replace.variables === webhook.id ? replace.data?.secret : undefined}
              onPause={(isPaused) => pause.mutate({ id: webhook.id, isPaused })}
              onNewSecret={() => replace.mutate(webhook.id)}
              onDelete={() => remove.mutate(webhook.id)}
            />
          ))}
        </ul>
      )}
      <Trouble error={trouble} />
    </section>
  );
}

/** The secret of a new webhook, or the one that replaces another's. */
export function ShownSecret({ secret }: { secret: string }): ReactElement {
  return (
    <ShownOnce what="secret" secret={secret}>
      With it your program checks that what it is told comes from here (standardwebhooks.com).
    </ShownOnce>
  );
}

interface WebhookRowProps {
  webhook: Webhook;
  isBusy: boolean;
  /** The one that has just replaced its secret. */
  newSecret?: string | undefined;
  onPause: (isPaused: boolean) => void;
  onNewSecret: () => void;
  onDelete: () => void;
}

export function WebhookRow({ webhook, isBusy, newSecret, onPause, onNewSecret, onDelete }: WebhookRowProps): ReactElement {
  const [asked, setAsked] = useState<'secret' | 'delete' | null>(null);
  const now = useNow();
  const trouble = webhookTrouble(webhook, now);
  const isPaused = Boolean(webhook.pausedAt);
  return (
    <li className="webhook">
      <p className="webhook__url">{webhook.url}</p>
      <p className="webhook__facts">{eventsWords(webhook.events)}</p>
      {trouble && (
        <p className="webhook__facts" data-trouble="">
          {trouble}
        </p>
      )}
      <span className="actions">
        <Link className="button" href={`/account/webhooks/${webhook.id}`} aria-label={`What it was told: ${webhook.url}`}>
          What it was told
        </Link>
        <button type="button" className="button" aria-label={`${isPaused ? 'Go on' : 'Pause'}: ${webhook.url}`} disabled={isBusy} onClick={() => onPause(!isPaused)}>
          {isPaused ? 'Go on' : 'Pause'}
        </button>
        <button type="button" className="button" aria-label={`New secret for ${webhook.url} …`} aria-expanded={asked === 'secret'} onClick={() => setAsked(asked === 'secret' ? null : 'secret')}>
          New secret
        </button>
        <button type="button" className="button" aria-label={`Delete ${webhook.url} …`} aria-expanded={asked === 'delete'} onClick={() => setAsked(asked === 'delete' ? null : 'delete')}>
          Delete
        </button>
      </span>
      {asked === 'secret' && (
        <>
          <p className="webhook__facts">Your program must be given the new one: from then on, all it is told is signed with that.</p>
          <Sure
            yes="Replace the secret"
            isBusy={isBusy}
            onYes={() => {
              setAsked(null);
              onNewSecret();
            }}
            onNo={() => setAsked(null)}
          />
        </>
      )}
      {asked === 'delete' && (
        <Sure yes="Delete with its log" isBusy={isBusy} onYes={onDelete} onNo={() => setAsked(null)} />
      )}
      {newSecret && <ShownSecret secret={newSecret} />}
    </li>
  );
}

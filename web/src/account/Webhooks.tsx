import { useState, type FormEvent, type ReactElement } from 'react';
import { Link } from 'wouter';

import { wordsOf } from '../api/http';
import type { CreatedWebhook, Webhook } from '../api/types';
import { useCreateWebhook, useDeleteWebhook, usePauseWebhook, useWebhooks, type NewWebhook } from '../api/webhooks';
import { Choice } from '../ui/Choice';
import { CopyButton } from '../ui/CopyButton';
import { Notice, ReadFailed } from '../ui/Notice';
import { useNow } from '../ui/useNow';
import { eventsWords, TOLD_OF, webhookTrouble } from './webhookWords';

/** Webhooks: where the player's own programs are told of changes. */
export function Webhooks(): ReactElement {
  const webhooks = useWebhooks();
  const create = useCreateWebhook();
  const pause = usePauseWebhook();
  const remove = useDeleteWebhook();
  const trouble = pause.error ?? remove.error;
  return (
    <section className="panel" aria-labelledby="webhooks">
      <h2 id="webhooks" className="panel__title">
        Webhooks
      </h2>
      <p className="panel__text">
        A webhook tells a program of yours at once what happened to your characters: a raid planner, a bot, a guild’s site.
      </p>
      <AddWebhook isBusy={create.isPending} error={create.error} onAdd={(body) => create.mutateAsync(body)} />
      {create.data && <ShownSecret webhook={create.data} />}
      {webhooks.isError && <ReadFailed what="Your webhooks" why={wordsOf(webhooks.error)} again={() => void webhooks.refetch()} />}
      {webhooks.data?.length === 0 && <p className="panel__text">You have no webhooks.</p>}
      {webhooks.data && webhooks.data.length > 0 && (
        <ul>
          {webhooks.data.map((webhook) => (
            <WebhookRow
              key={webhook.id}
              webhook={webhook}
              isBusy={pause.isPending || remove.isPending}
              onPause={(isPaused) => pause.mutate({ id: webhook.id, isPaused })}
              onDelete={() => remove.mutate(webhook.id)}
            />
          ))}
        </ul>
      )}
      {trouble && (
        <p className="trouble" role="alert">
          {wordsOf(trouble)}
        </p>
      )}
    </section>
  );
}

interface AddWebhookProps {
  isBusy: boolean;
  error: Error | null;
  onAdd: (webhook: NewWebhook) => Promise<unknown>;
}

function AddWebhook({ isBusy, error, onAdd }: AddWebhookProps): ReactElement {
  const [url, setUrl] = useState('');
  const [events, setEvents] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onAdd({ url: url.trim(), events: events === '' ? [] : [events] }).then(
      () => setUrl(''),
      () => {}, // said below
    );
  };
  return (
    <form className="new-token" onSubmit={submit}>
      <div className="field">
        <label htmlFor="webhook-url">Address</label>
        <input
          id="webhook-url"
          type="url"
          required
          maxLength={2048}
          autoComplete="off"
          placeholder="https://"
          value={url}
          onChange={({ target }) => setUrl(target.value)}
        />
      </div>
      <Choice label="Told of" value={events} options={TOLD_OF} onChange={setEvents} />
      <button type="submit" className="button button--main" disabled={isBusy || url.trim() === ''}>
        Add webhook
      </button>
      {error && (
        <p className="trouble" role="alert">
          {wordsOf(error)}
        </p>
      )}
    </form>
  );
}

export function ShownSecret({ webhook }: { webhook: CreatedWebhook }): ReactElement {
  return (
    <div role="status">
      <Notice tone="info" title="Copy the secret now: it is shown only this once." icon="key">
        With it your program checks that what it is told comes from here (standardwebhooks.com).
        <span className="loadout">
          <code className="loadout__code">{webhook.secret}</code>
          <CopyButton key={webhook.id} text={webhook.secret} what="secret" />
        </span>
      </Notice>
    </div>
  );
}

interface WebhookRowProps {
  webhook: Webhook;
  isBusy: boolean;
  onPause: (isPaused: boolean) => void;
  onDelete: () => void;
}

export function WebhookRow({ webhook, isBusy, onPause, onDelete }: WebhookRowProps): ReactElement {
  const [asked, setAsked] = useState(false);
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
        {asked ? (
          <>
            <button type="button" className="button button--danger" disabled={isBusy} onClick={onDelete}>
              Delete with its log
            </button>
            <button type="button" className="button" onClick={() => setAsked(false)}>
              Keep
            </button>
          </>
        ) : (
          <button type="button" className="button" aria-label={`Delete ${webhook.url} …`} onClick={() => setAsked(true)}>
            Delete
          </button>
        )}
      </span>
    </li>
  );
}

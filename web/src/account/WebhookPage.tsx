import { CharacterSyncError } from '@character-sync/react/client';
import type { ReactElement } from 'react';

import { typeName } from '../activity/activityWords';
import { wordsOf } from '../api/http';
import type { Delivery } from '../api/types';
import { useChooseEvents, useDeliveries, useRedeliver, useWebhook } from '../api/webhooks';
import { Ago } from '../ui/Ago';
import { Crumb } from '../ui/Crumb';
import { Empty, Loading, ReadFailed } from '../ui/Notice';
import { Trouble } from '../ui/Trouble';
import { useNow } from '../ui/useNow';
import { useTitle } from '../ui/useTitle';
import { ToldOf } from './ToldOf';
import { deliveryStatus, deliveryWords, eventsWords, webhookTrouble } from './webhookWords';

/** What one webhook is told of, what it was told, and how that went. */
export default function WebhookPage({ id }: { id: string }): ReactElement {
  useTitle('Webhook');
  const webhook = useWebhook(id);
  const deliveries = useDeliveries(id);
  const again = useRedeliver(id);
  const choose = useChooseEvents(id);
  const now = useNow();
  const isMissing = webhook.error instanceof CharacterSyncError && [404, 422].includes(webhook.error.status);
  const items = deliveries.data?.pages.flatMap((page) => page.items);
  const trouble = webhook.data && webhookTrouble(webhook.data, now);
  return (
    <>
      <Crumb href="/account">Account</Crumb>
      {webhook.isPending && <Loading what="the webhook" shape="panel--waiting" />}
      {isMissing && <Empty as="h1" title="There is no such webhook" />}
      {webhook.isError && !isMissing && (
        <ReadFailed what="The webhook" why={wordsOf(webhook.error)} again={() => void webhook.refetch()} />
      )}
      {webhook.data && (
        <>
          <h1 className="page-title">Webhook</h1>
          <p className="webhook__url">{webhook.data.url}</p>
          <p className="webhook__facts">{eventsWords(webhook.data.events)}</p>
          {trouble && (
            <p className="webhook__facts" data-trouble="">
              {trouble}
            </p>
          )}
          <ToldOf
            webhook={webhook.data}
            isBusy={choose.isPending}
            isSaved={choose.isSuccess}
            error={choose.error}
            onSave={(events) => choose.mutate(events)}
          />
          <Trouble error={again.error} />
          <p className="hidden" role="status">
            {again.isSuccess && 'It is told again.'}
          </p>
          {items?.length === 0 && (
            <Empty title="It was told nothing yet">
              <p>It is told what happens from now on.</p>
            </Empty>
          )}
          {items && items.length > 0 && (
            <section className="panel" aria-labelledby="was-told">
              <h2 id="was-told" className="panel__title">
                What it was told
              </h2>
              <Deliveries deliveries={items} isBusy={again.isPending} onAgain={(delivery) => again.mutate(delivery)} />
            </section>
          )}
          {deliveries.isError && (
            <ReadFailed what="The log" why={wordsOf(deliveries.error)} again={() => void deliveries.refetch()} />
          )}
          {deliveries.hasNextPage && (
            <button
              type="button"
              className="button"
              disabled={deliveries.isFetchingNextPage}
              onClick={() => void deliveries.fetchNextPage()}
            >
              {deliveries.isFetchingNextPage ? 'Loading …' : 'Show older'}
            </button>
          )}
        </>
      )}
    </>
  );
}

interface DeliveriesProps {
  deliveries: readonly Delivery[];
  isBusy: boolean;
  onAgain: (id: number) => void;
}

export function Deliveries({ deliveries, isBusy, onAgain }: DeliveriesProps): ReactElement {
  return (
    <ul>
      {deliveries.map((delivery) => (
        <li key={delivery.id} className="delivery">
          <strong>{deliveryStatus(delivery.status)}</strong>
          <span className="delivery__what">
            {typeName(delivery.type)} <Ago at={delivery.deliveredAt ?? delivery.attemptedAt ?? delivery.createdAt} />
            <span className="webhook__facts"> {deliveryWords(delivery)}</span>
          </span>
          {delivery.status === 'waiting' ? (
            <span />
          ) : (
            <button
              type="button"
              className="button"
              aria-label={`Tell it again: ${typeName(delivery.type)}, number ${delivery.number}`}
              disabled={isBusy}
              onClick={() => onAgain(delivery.id)}
            >
              Tell it again
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

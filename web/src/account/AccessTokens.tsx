import { useState, type ReactElement } from 'react';

import { wordsOf } from '../api/http';
import { useAccessTokens, useCreateAccessToken, useDeleteAccessToken } from '../api/queries';
import type { AccessToken } from '../api/types';
import { Ago } from '../ui/Ago';
import { Icon } from '../ui/icons';
import { ReadFailed } from '../ui/Notice';
import { Sure } from '../ui/Sure';
import { Trouble } from '../ui/Trouble';
import { clockTime } from '../words';
import { AddForm } from './AddForm';
import { ShownOnce } from './ShownOnce';

const LIFETIMES = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'a year' },
  { value: '', label: 'until deleted' },
];

/** Personal access tokens: for the terminal client and the player's own programs. */
export function AccessTokens(): ReactElement {
  const tokens = useAccessTokens();
  const create = useCreateAccessToken();
  const remove = useDeleteAccessToken();
  return (
    <section className="panel" aria-labelledby="tokens">
      <h2 id="tokens" className="panel__title">
        Access tokens
      </h2>
      <p className="panel__text">
        With a token, a program of yours can sync and read your characters as you. Give each program its own, and delete it
        when you no longer need it.
      </p>
      <AddForm
        label="Name"
        input={{ maxLength: 100, placeholder: 'What it is for' }}
        choice={{ label: 'Lasts', options: LIFETIMES, usual: '90' }}
        button="Create token"
        isBusy={create.isPending}
        error={create.error}
        onAdd={(name, days) => create.mutateAsync({ name, expiresInDays: days === '' ? null : Number(days) })}
      />
      {create.data && <ShownOnce what="token" name={create.data.name} secret={create.data.token} />}
      {tokens.isError && (
        <ReadFailed what="Your tokens" why={wordsOf(tokens.error)} again={() => void tokens.refetch()} />
      )}
      {tokens.data?.length === 0 && <p className="panel__text">You have no tokens.</p>}
      {tokens.data && tokens.data.length > 0 && (
        <ul className="tokens">
          {tokens.data.map((token) => (
            <Token key={token.id} token={token} isBusy={remove.isPending} onDelete={() => remove.mutate(token.id)} />
          ))}
        </ul>
      )}
      <Trouble error={remove.error} />
    </section>
  );
}

function Token({ token, isBusy, onDelete }: { token: AccessToken; isBusy: boolean; onDelete: () => void }): ReactElement {
  const [asked, setAsked] = useState(false);
  return (
    <li className="token">
      <Icon name="key" />
      <span className="token__name">{token.name}</span>
      <span className="token__facts">
        {token.lastUsedAt ? (
          <>
            used <Ago at={token.lastUsedAt} />
          </>
        ) : (
          'never used'
        )}
        {token.expiresAt ? `, ends ${clockTime(token.expiresAt)}` : ', lasts until deleted'}
      </span>
      {asked ? (
        <Sure yes={`Delete ${token.name}`} isBusy={isBusy} onYes={onDelete} onNo={() => setAsked(false)} />
      ) : (
        <button type="button" className="button" aria-label={`Delete ${token.name} …`} onClick={() => setAsked(true)}>
          Delete
        </button>
      )}
    </li>
  );
}

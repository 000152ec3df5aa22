import { useState, type FormEvent, type ReactElement } from 'react';

import { wordsOf } from '../api/http';
import { useAccessTokens, useCreateAccessToken, useDeleteAccessToken } from '../api/queries';
import type { AccessToken, CreatedAccessToken } from '../api/types';
import { Ago } from '../ui/Ago';
import { Choice } from '../ui/Choice';
import { CopyButton } from '../ui/CopyButton';
import { Icon } from '../ui/icons';
import { Notice, ReadFailed } from '../ui/Notice';
import { clockTime } from '../words';

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
      <NewToken
        isBusy={create.isPending}
        error={create.error}
        onCreate={(name, days) => create.mutateAsync({ name, expiresInDays: days })}
      />
      {create.data && <Shown token={create.data} />}
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
      {remove.error && (
        <p className="trouble" role="alert">
          {wordsOf(remove.error)}
        </p>
      )}
    </section>
  );
}

interface NewTokenProps {
  isBusy: boolean;
  error: Error | null;
  onCreate: (name: string, expiresInDays: number | null) => Promise<unknown>;
}

function NewToken({ isBusy, error, onCreate }: NewTokenProps): ReactElement {
  const [name, setName] = useState('');
  const [lifetime, setLifetime] = useState('90');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onCreate(name.trim(), lifetime === '' ? null : Number(lifetime)).then(
      () => setName(''),
      () => {}, // said below
    );
  };
  return (
    <form className="new-token" onSubmit={submit}>
      <div className="field">
        <label htmlFor="token-name">Name</label>
        <input
          id="token-name"
          required
          maxLength={100}
          autoComplete="off"
          placeholder="What it is for"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </div>
      <Choice label="Lasts" value={lifetime} options={LIFETIMES} onChange={setLifetime} />
      <button type="submit" className="button button--main" disabled={isBusy || name.trim() === ''}>
        Create token
      </button>
      {error && (
        <p className="trouble" role="alert">
          {wordsOf(error)}
        </p>
      )}
    </form>
  );
}

function Shown({ token }: { token: CreatedAccessToken }): ReactElement {
  return (
    <div role="status">
      <Notice tone="info" title={`Copy the token “${token.name}” now: it is shown only this once.`}>
        <span className="loadout">
          <code className="loadout__code">{token.token}</code>
          <CopyButton key={token.id} text={token.token} what="token" />
        </span>
      </Notice>
    </div>
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
        <span className="actions">
          <button type="button" className="button button--danger" disabled={isBusy} onClick={onDelete}>
            Delete {token.name}
          </button>
          <button type="button" className="button" onClick={() => setAsked(false)}>
            Keep
          </button>
        </span>
      ) : (
        <button type="button" className="button" aria-label={`Delete ${token.name} …`} onClick={() => setAsked(true)}>
          Delete
        </button>
      )}
    </li>
  );
}

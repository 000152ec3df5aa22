import type { ReactElement } from 'react';

import { signInUrl, useSignOut } from '../api/queries';
import type { Me } from '../api/types';
import { Ago } from '../ui/Ago';
import { Icon } from '../ui/icons';
import { Trouble } from '../ui/Trouble';
import { useTitle } from '../ui/useTitle';
import { clockTime } from '../words';
import { AccessTokens } from './AccessTokens';
import { HeldData } from './HeldData';
import { Webhooks } from './Webhooks';

/** The player's sign-in with Battle.net, their access tokens and webhooks, what is held about them, and the way out. */
export default function AccountPage({ me }: { me: Me }): ReactElement {
  useTitle('Account');
  const signOut = useSignOut();
  return (
    <>
      <h1 className="page-title">Account</h1>
      <section className="panel" aria-labelledby="battle-net">
        <h2 id="battle-net" className="panel__title">
          Battle.net
        </h2>
        <BattleNet me={me} />
        <div className="actions">
          <a className="button" href={signInUrl('/account')}>
            Sign in again
          </a>
          <button type="button" className="button" disabled={signOut.isPending} onClick={() => signOut.mutate()}>
            <Icon name="out" /> Sign out
          </button>
        </div>
        <Trouble error={signOut.error} />
      </section>
      <AccessTokens />
      <Webhooks />
      <HeldData battletag={me.battletag ?? null} />
    </>
  );
}

function BattleNet({ me }: { me: Me }): ReactElement {
  const { status, expiresAt, listFrozenSince } = me.battleNet;
  return (
    <dl className="facts">
      <dt>BattleTag</dt>
      <dd>
        <bdi>{me.battletag ?? 'not told by Battle.net'}</bdi>
      </dd>
      <dt>Reading your character list</dt>
      <dd>
        {status === 'valid' && expiresAt && <>allowed until {clockTime(expiresAt)}</>}
        {status === 'valid' && !expiresAt && 'allowed'}
        {status === 'expired' && 'the permission has ended; sign in again to renew it'}
        {status === 'missing' && 'no permission is held; sign in again to give it'}
      </dd>
      {listFrozenSince && (
        <>
          <dt>List as it was</dt>
          <dd>
            <Ago at={listFrozenSince} />
          </dd>
        </>
      )}
    </dl>
  );
}

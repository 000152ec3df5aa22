import type { ReactElement } from 'react';

import { signInUrl } from '../api/queries';
import { useSeeNotice } from '../api/schedules';
import type { Me } from '../api/types';
import { Notice } from '../ui/Notice';
import { clockTime } from '../words';

/** Asks the player to sign in again when Battle.net's permission has ended; says what still works without. */
export function SignInAgain({ me }: { me: Me }): ReactElement | null {
  const see = useSeeNotice();
  const { status, listFrozenSince } = me.battleNet;
  if (status === 'valid') return null;
  return (
    <Notice
      tone="warning"
      title="Sign in with Battle.net again to see new characters."
      action={
        <span className="actions">
          <a className="button" href={signInUrl()}>
            Sign in again
          </a>
          {me.notice && (
            <button type="button" className="button" disabled={see.isPending} onClick={() => see.mutate()}>
              I know
            </button>
          )}
        </span>
      }
    >
      Battle.net lets us read your character list for a day at a time.
      {listFrozenSince && ` Your list is as it was on ${clockTime(listFrozenSince)}.`} The characters below can still be
      refreshed one by one.
      {me.notice && (
        <p>
          Your automatic syncs go on refreshing them, and have not looked for new ones since {clockTime(me.notice.since)}.
        </p>
      )}
    </Notice>
  );
}

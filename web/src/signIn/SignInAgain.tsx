import type { ReactElement } from 'react';

import { signInUrl } from '../api/queries';
import type { Me } from '../api/types';
import { Notice } from '../ui/Notice';
import { clockTime } from '../words';

/** Asks the player to sign in again when Battle.net's permission has ended; says what still works without. */
export function SignInAgain({ me }: { me: Me }): ReactElement | null {
  const { status, listFrozenSince } = me.battleNet;
  if (status === 'valid') return null;
  return (
    <Notice
      tone="warning"
      title="Sign in with Battle.net again to see new characters."
      action={
        <a className="button" href={signInUrl()}>
          Sign in again
        </a>
      }
    >
      Battle.net lets us read your character list for a day at a time.
      {listFrozenSince && ` Your list is as it was on ${clockTime(listFrozenSince)}.`} The characters below can still be
      refreshed one by one.
    </Notice>
  );
}

import type { ReactElement, ReactNode } from 'react';

import { CopyButton } from '../ui/CopyButton';
import { Notice } from '../ui/Notice';

interface ShownOnceProps {
  /** What the secret is to the player: a token, a secret. */
  what: string;
  name?: string;
  secret: string;
  children?: ReactNode;
}

/** A secret the service will not tell again, to be copied now. */
export function ShownOnce({ what, name, secret, children }: ShownOnceProps): ReactElement {
  return (
    <div role="status">
      <Notice tone="info" icon="key" title={`Copy the ${what}${name ? ` “${name}”` : ''} now: it is shown only this once.`}>
        {children}
        <span className="loadout">
          <code className="loadout__code">{secret}</code>
          <CopyButton key={secret} text={secret} what={what} />
        </span>
      </Notice>
    </div>
  );
}

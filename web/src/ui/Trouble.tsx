import type { ReactElement } from 'react';

import { wordsOf } from '../api/http';

/** What went wrong with something the player asked for, beside where they asked for it; nothing where nothing did. */
export function Trouble({ error }: { error: unknown }): ReactElement | null {
  if (error === null || error === undefined) return null;
  return (
    <p className="trouble" role="alert">
      {wordsOf(error)}
    </p>
  );
}

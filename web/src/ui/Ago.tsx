import type { ReactElement } from 'react';

import { ago, clockTime } from '../words';
import { useNow } from './useNow';

/** How long ago something was, with the time itself for who hovers. */
export function Ago({ at }: { at: string }): ReactElement {
  // What has just been heard of may be newer than the page's minute.
  const now = Math.max(useNow(), Date.parse(at) || 0);
  return (
    <time dateTime={at} title={clockTime(at)}>
      {ago(at, now)}
    </time>
  );
}

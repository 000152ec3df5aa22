import type { ReactElement } from 'react';

import { Icon } from '../ui/icons';
import type { Refresh } from './useRefresh';

/** Asks Battle.net for one character anew. */
export function RefreshButton({ name, refresh }: { name: string; refresh: Refresh }): ReactElement {
  return (
    <button
      type="button"
      className="button button--icon"
      aria-label={`Refresh ${name}`}
      title={`Refresh ${name}`}
      disabled={refresh.isRefreshing}
      onClick={refresh.refresh}
    >
      <Icon name="refresh" />
    </button>
  );
}

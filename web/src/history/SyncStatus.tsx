import { StatusIcon } from '@character-sync/react';
import type { ReactElement } from 'react';

const WORDS: Record<string, string> = {
  pending: 'Waiting',
  processing: 'Running',
  completed: 'Completed',
  cancelled: 'Cancelled',
  failed: 'Failed',
  skipped: 'Skipped',
};

/** A status as icon and word. */
export function SyncStatus({ status }: { status: string }): ReactElement {
  return (
    <span className="status" data-status={status}>
      <StatusIcon status={status} />
      {WORDS[status] ?? status}
    </span>
  );
}

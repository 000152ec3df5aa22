import type { ReactElement } from 'react';

/** A character's status as a shape, so that it does not hang on colour; decoration, the word stands beside it. */
export function StatusIcon({ status }: { status: string }): ReactElement {
  return (
    <svg
      className="csync-icon"
      data-status={status}
      viewBox="0 0 20 20"
      width="20"
      height="20"
      aria-hidden="true"
      focusable="false"
    >
      <circle className="csync-icon__ring" cx="10" cy="10" r="8" />
      {SHAPES[status] ?? null}
    </svg>
  );
}

const stroke = 'csync-icon__stroke';

const SHAPES: Record<string, ReactElement> = {
  pending: <circle className="csync-icon__dot" cx="10" cy="10" r="2" />,
  processing: <path className="csync-icon__arc" d="M10 2a8 8 0 0 1 8 8" />,
  completed: <path className={stroke} pathLength={1} d="m6 10.4 2.8 2.8L14.2 7.4" />,
  skipped: <path className={stroke} pathLength={1} d="m6 6.5 3.5 3.5L6 13.5M11 6.5l3.5 3.5-3.5 3.5" />,
  failed: <path className={stroke} pathLength={1} d="m7 7 6 6m0-6-6 6" />,
  cancelled: <path className={stroke} pathLength={1} d="M6 10h8" />,
};

import type { ReactElement } from 'react';

interface SureProps {
  /** What would be done. */
  yes: string;
  /** What is said instead. Default: Keep. */
  no?: string;
  isBusy: boolean;
  onYes: () => void;
  onNo: () => void;
}

/** Asks once more before something that is not easily taken back. */
export function Sure({ yes, no = 'Keep', isBusy, onYes, onNo }: SureProps): ReactElement {
  return (
    <span className="actions">
      <button type="button" className="button button--danger" disabled={isBusy} onClick={onYes}>
        {yes}
      </button>
      <button type="button" className="button" onClick={onNo}>
        {no}
      </button>
    </span>
  );
}

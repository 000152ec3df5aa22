/** What a progress bar says to those who do not see it: the attributes of its element, whatever it looks like. */
import type { SyncProgress } from './characterSyncState.js';
import { percentOf, valueText } from './progressText.js';

export interface ProgressBarProps {
  role: 'progressbar';
  'aria-valuemin': number;
  'aria-valuemax': number;
  /** Left out while it is not known how many characters there are. */
  'aria-valuenow': number | undefined;
  /** As `3 of 6 characters, processing Pallywar, Old Blanchy`. */
  'aria-valuetext': string;
}

/** Return what to spread on a bar of your own. It also needs a name: `aria-label`, or `aria-labelledby`. */
export function progressBarProps(progress: SyncProgress): ProgressBarProps {
  return {
    role: 'progressbar',
    'aria-valuemin': 0,
    'aria-valuemax': 100,
    'aria-valuenow': percentOf(progress) ?? undefined,
    'aria-valuetext': valueText(progress),
  };
}

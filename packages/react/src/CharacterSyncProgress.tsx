'use client';
import { useId, type ReactElement, type ReactNode } from 'react';

import { isFinal, type CharacterProgress, type SyncProgress } from './characterSyncState.js';
import { progressBarProps } from './progressBar.js';
import {
  announcement,
  count,
  countsText,
  headline,
  outcomeText,
  pauseText,
  percentOf,
  timeLeft,
} from './progressText.js';
import { StatusIcon } from './statusIcons.js';

export interface CharacterSyncProgressProps {
  /** What `useCharacterSync` returns. Without it nothing is to be seen. */
  progress: SyncProgress | null;
  className?: string;
  /** How many of the latest names are shown. Default: 5. */
  recent?: number;
  /** How a name is shown, to colour it by class for example. Default: the name itself. */
  renderName?: (character: CharacterProgress) => ReactNode;
}

/** Shows how a sync goes: bar, counts, time left, the current character and the latest names. Needs `styles.css`. */
export function CharacterSyncProgress({
  progress,
  className,
  recent = 5,
  renderName = ({ name }) => name,
}: CharacterSyncProgressProps): ReactElement {
  const title = useId();
  return (
    <div className={className ? `csync ${className}` : 'csync'} data-status={progress?.status ?? 'idle'}>
      <p className="csync-hidden" role="status">
        {announcement(progress)}
      </p>
      {progress && <Body progress={progress} title={title} recent={recent} renderName={renderName} />}
    </div>
  );
}

interface BodyProps {
  progress: SyncProgress;
  title: string;
  recent: number;
  renderName: (character: CharacterProgress) => ReactNode;
}

function Body({ progress, title, recent, renderName }: BodyProps): ReactElement {
  const percent = percentOf(progress);
  const left = timeLeft(progress);
  const pause = pauseText(progress);
  const current = isFinal(progress.status) ? undefined : progress.currentCharacter;
  const latest = progress.recentCharacters.filter(({ id }) => id !== current?.id).slice(0, Math.max(0, recent));
  return (
    <>
      <div className="csync-head">
        <span className="csync-title" id={title}>
          {headline(progress)}
        </span>
        <span className="csync-percent">{percent === null ? '' : `${percent}%`}</span>
      </div>
      <div
        {...progressBarProps(progress)}
        className="csync-bar"
        aria-labelledby={title}
        data-unknown={percent === null ? '' : undefined}
      >
        <div className="csync-bar__fill" style={{ transform: `scaleX(${(percent ?? 0) / 100})` }} />
      </div>
      <Counts progress={progress} left={left} />
      {pause && <p className="csync-paused">{pause}</p>}
      {current && (
        <p className="csync-current">
          <Character character={current} renderName={renderName} />
        </p>
      )}
      {latest.length > 0 && (
        <ul className="csync-recent" aria-label="Latest characters">
          {latest.map((character) => (
            <li key={character.id} className="csync-recent__item">
              <Character character={character} renderName={renderName} />
            </li>
          ))}
        </ul>
      )}
      {progress.status === 'failed' && (
        <p className="csync-error" role="alert">
          {progress.error ?? 'The sync failed.'}
        </p>
      )}
    </>
  );
}

function Counts({ progress, left }: { progress: SyncProgress; left: string | null }): ReactElement {
  const skipped = count(progress.skippedCharacters);
  const failed = count(progress.failedCharacters);
  return (
    <p className="csync-counts">
      <span>{countsText(progress)}</span>
      {skipped > 0 && <span data-status="skipped">{skipped} skipped</span>}
      {failed > 0 && <span data-status="failed">{failed} failed</span>}
      {left && <span className="csync-eta">{left}</span>}
    </p>
  );
}

function Character({
  character,
  renderName,
}: {
  character: CharacterProgress;
  renderName: BodyProps['renderName'];
}): ReactElement {
  return (
    <span className="csync-character" data-status={character.status}>
      <StatusIcon key={character.status} status={character.status} />
      <span className="csync-name">{renderName(character)}</span>
      <span className="csync-realm">{character.realmName ?? character.realm}</span>
      <span className="csync-status">
        {outcomeText(character)}
      </span>
    </span>
  );
}

import type { ReactElement, ReactNode } from 'react';

import { Icon, type IconName } from './icons';

interface NoticeProps {
  tone: 'info' | 'warning' | 'error';
  title: string;
  /** Another than the tone's. */
  icon?: IconName;
  children?: ReactNode;
  /** What the player can do about it: a button or a link. */
  action?: ReactNode;
}

/** Something the player should know, and what they can do about it. An error is announced as soon as it is there. */
export function Notice({ tone, title, icon = tone === 'info' ? 'clock' : 'warning', children, action }: NoticeProps): ReactElement {
  return (
    <div className="notice" data-tone={tone} role={tone === 'error' ? 'alert' : undefined}>
      <Icon name={icon} />
      <div className="notice__words">
        <p className="notice__title">{title}</p>
        {children && <div className="notice__text">{children}</div>}
      </div>
      {action && <div className="notice__action">{action}</div>}
    </div>
  );
}

/** A place where there is nothing, and why. Where it is all there is of a page, its title is the page's `h1`. */
export function Empty({ title, as: Title = 'p', children }: { title: string; as?: 'p' | 'h1'; children?: ReactNode }): ReactElement {
  return (
    <div className="empty">
      <Title className="empty__title">{title}</Title>
      {children && <div className="empty__text">{children}</div>}
    </div>
  );
}

/** A place that is being filled: `shape` is the class of what will stand there. */
export function Loading({ what, shape, children }: { what: string; shape: string; children?: ReactNode }): ReactElement {
  return (
    <div className={shape} role="status">
      <span className="hidden">Loading {what}</span>
      {children}
    </div>
  );
}

/** A read that failed, with a way to try again. */
export function ReadFailed({ what, why, again }: { what: string; why: string; again: () => void }): ReactElement {
  return (
    <Notice
      tone="error"
      title={`${what} could not be read.`}
      action={
        <button type="button" className="button" onClick={again}>
          Try again
        </button>
      }
    >
      {why}
    </Notice>
  );
}

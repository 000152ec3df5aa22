import { lazy, type ComponentType, type ReactElement } from 'react';

import { Notice } from './Notice';

/** A page whose script comes only when somebody goes there. */
export function later<Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>): ComponentType<Props> {
  return lazy(() => load().catch(() => ({ default: NotLoaded })));
}

/** The service may have been renewed since this page was opened; then its older scripts are gone. */
function NotLoaded(): ReactElement {
  return (
    <Notice
      tone="error"
      title="This part of the page could not be loaded."
      action={
        <button type="button" className="button" onClick={() => window.location.reload()}>
          Load the page anew
        </button>
      }
    />
  );
}

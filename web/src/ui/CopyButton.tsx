import { useState, type ReactElement } from 'react';

import { Icon } from './icons';

/** Puts a text where it can be pasted from, and says whether that worked. */
export function CopyButton({ text, what }: { text: string; what: string }): ReactElement {
  const [outcome, setOutcome] = useState<'copied' | 'refused' | null>(null);
  const copy = (): void => {
    // Only a page over https or on this machine may reach the clipboard.
    const done = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error('no clipboard'));
    done.then(
      () => setOutcome('copied'),
      () => setOutcome('refused'),
    );
  };
  return (
    <span className="copy">
      <button type="button" className="button" onClick={copy}>
        <Icon name={outcome === 'copied' ? 'check' : 'copy'} />
        {outcome === 'copied' ? 'Copied' : `Copy ${what}`}
      </button>
      <span role="status" className={outcome === 'refused' ? 'copy__words' : 'hidden'}>
        {outcome === 'copied' && `The ${what} is copied.`}
        {outcome === 'refused' && 'Your browser does not allow it. Mark the text and copy it yourself.'}
      </span>
    </span>
  );
}

import { useId, useState, type FormEvent, type ReactElement } from 'react';

import { EXPORT_URL, useEraseMe } from '../api/queries';
import { Trouble } from '../ui/Trouble';

/** Typed by those of whom Battle.net tells no BattleTag. */
const WITHOUT_BATTLETAG = 'erase';

/** Everything held about the player: as a file, and the end of it. */
export function HeldData({ battletag }: { battletag: string | null }): ReactElement {
  const [asked, setAsked] = useState(false);
  return (
    <section className="panel" aria-labelledby="held">
      <h2 id="held" className="panel__title">
        What we hold about you
      </h2>
      <p className="panel__text">
        Your characters with their histories, your syncs, groups and decisions, in one JSON file to keep. No secret is in it.
      </p>
      <div className="actions">
        <a className="button" href={EXPORT_URL} download>
          Download it
        </a>
        {!asked && (
          <button type="button" className="button" onClick={() => setAsked(true)}>
            Erase it all …
          </button>
        )}
      </div>
      {asked && <Erasure word={battletag ?? WITHOUT_BATTLETAG} onKeep={() => setAsked(false)} />}
    </section>
  );
}

/** Asks for a word first: this is never taken back, and a button is pressed too easily. */
function Erasure({ word, onKeep }: { word: string; onKeep: () => void }): ReactElement {
  const erase = useEraseMe();
  const [typed, setTyped] = useState('');
  const [field, hint] = [useId(), useId()];
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    erase.mutate();
  };
  return (
    <>
      <p className="panel__text" id={hint}>
        Your characters, their histories, syncs, groups, schedules, webhooks and tokens are deleted at once, and you are signed
        out everywhere. There is no way back. To go on, type <strong translate="no">{word}</strong>.
      </p>
      <form className="add-form" onSubmit={submit}>
        <div className="field">
          <label htmlFor={field}>{word === WITHOUT_BATTLETAG ? 'The word' : 'Your BattleTag'}</label>
          <input
            id={field}
            aria-describedby={hint}
            autoComplete="off"
            autoFocus
            spellCheck={false}
            value={typed}
            onChange={({ target }) => setTyped(target.value)}
          />
        </div>
        <button type="submit" className="button button--danger" disabled={erase.isPending || typed.trim() !== word}>
          Erase everything
        </button>
        <button type="button" className="button" onClick={onKeep}>
          Keep it
        </button>
        <Trouble error={erase.error} />
      </form>
    </>
  );
}

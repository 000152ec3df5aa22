import { useState, type FormEvent, type ReactElement } from 'react';

import { typeName } from '../activity/activityWords';
import type { Webhook } from '../api/types';
import { Saved } from '../ui/Saved';
import { eventsOf, GROUPS, typesOf } from './webhookEvents';

interface ToldOfProps {
  webhook: Webhook;
  isBusy: boolean;
  isSaved: boolean;
  error: Error | null;
  onSave: (events: string[]) => void;
}

/** What a webhook is told of, type by type. */
export function ToldOf({ webhook, isBusy, isSaved, error, onSave }: ToldOfProps): ReactElement {
  const [chosen, setChosen] = useState(() => typesOf(webhook.events));
  const events = eventsOf(chosen);
  const isAsSaved = events.join() === eventsOf(typesOf(webhook.events)).join();
  const choose = (type: string, isChosen: boolean): void => {
    const others = [...chosen].filter((other) => other !== type);
    setChosen(new Set(isChosen ? [...others, type] : others));
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSave(events);
  };
  return (
    <section className="panel" aria-labelledby="told-of">
      <h2 id="told-of" className="panel__title">
        What it is told of
      </h2>
      <form className="told-of" onSubmit={submit}>
        {GROUPS.map(({ group, label, types }) => (
          <fieldset key={group} className="told-of__group">
            <legend className="field__label">{label}</legend>
            {types.map((type) => (
              <label key={type} className="check">
                <input
                  type="checkbox"
                  checked={chosen.has(type)}
                  disabled={isBusy}
                  onChange={({ target }) => choose(type, target.checked)}
                />
                {typeName(type)}
              </label>
            ))}
          </fieldset>
        ))}
        <button type="submit" className="button button--main" disabled={isBusy || isAsSaved || chosen.size === 0}>
          Save
        </button>
      </form>
      {chosen.size === 0 && <p className="panel__text">Choose at least one; a webhook that is to be told nothing is paused.</p>}
      <Saved isSaved={isSaved && isAsSaved} error={error} />
    </section>
  );
}

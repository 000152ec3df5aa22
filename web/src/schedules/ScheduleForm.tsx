import { useState, type FormEvent, type ReactElement } from 'react';
import { Link } from 'wouter';

import { useSetSchedule } from '../api/schedules';
import type { Schedule, ScheduleRule } from '../api/types';
import { Choice } from '../ui/Choice';
import { Icon } from '../ui/icons';
import { Saved } from '../ui/Saved';
import { useNow } from '../ui/useNow';
import { regionName } from '../words';
import {
  draftOf,
  lastWords,
  MODES,
  nextWords,
  ownTimeZone,
  ruleOf,
  timeZones,
  troubleWords,
  WEEKDAYS,
  weekdayName,
  type Draft,
} from './scheduleWords';

interface SchedulePlaceProps {
  gameVersion: string;
  versionName: string;
  region: string;
  schedule: Schedule | undefined;
}

/** When one game version of one region is synced by itself. */
export function SchedulePlace({ gameVersion, region, ...rest }: SchedulePlaceProps): ReactElement {
  const set = useSetSchedule({ gameVersion, region });
  return (
    <ScheduleForm
      {...rest}
      region={region}
      isBusy={set.isPending}
      isSaved={set.isSuccess}
      error={set.error}
      onSave={(rule) => set.mutate(rule)}
    />
  );
}

interface ScheduleFormProps extends Omit<SchedulePlaceProps, 'gameVersion'> {
  isBusy: boolean;
  isSaved: boolean;
  error: Error | null;
  onSave: (rule: ScheduleRule) => void;
}

export function ScheduleForm({ versionName, region, schedule, isBusy, isSaved, error, onSave }: ScheduleFormProps): ReactElement {
  const saved = draftOf(schedule, ownTimeZone());
  const [draft, setDraft] = useState(saved);
  const change = (to: Partial<Draft>): void => setDraft({ ...draft, ...to });
  const isAsSaved = JSON.stringify(ruleOf(draft)) === JSON.stringify(ruleOf(saved));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSave(ruleOf(draft));
  };
  const where = `${versionName}, ${regionName(region)}`;
  return (
    <section className="panel" aria-label={where}>
      <h2 className="panel__title">
        {versionName} <span className="page-title__more">{regionName(region)}</span>
      </h2>
      <form className="schedule__form" onSubmit={submit}>
        <Choice
          label="Sync by itself"
          value={draft.mode}
          options={MODES}
          onChange={(mode) => change({ mode: mode as Draft['mode'] })}
        />
        {draft.mode === 'hours' && (
          <label className="field schedule__hours">
            <span className="field__label">Hours between</span>
            <input
              type="number"
              min={1}
              max={168}
              required
              value={draft.hours}
              onChange={({ target }) => change({ hours: target.value })}
            />
          </label>
        )}
        {draft.mode === 'fresh_by' && (
          <>
            <Choice
              label="Day"
              value={draft.weekday}
              options={WEEKDAYS.map((value) => ({ value, label: weekdayName(value) }))}
              onChange={(weekday) => change({ weekday: weekday as Draft['weekday'] })}
            />
            <label className="field">
              <span className="field__label">Time</span>
              <input type="time" required value={draft.time} onChange={({ target }) => change({ time: target.value })} />
            </label>
            <Choice
              label="Time zone"
              value={draft.timeZone}
              options={timeZones(draft.timeZone).map((value) => ({ value, label: value.replaceAll('_', ' ') }))}
              onChange={(timeZone) => change({ timeZone })}
            />
          </>
        )}
        <button type="submit" className="button button--main" disabled={isBusy || isAsSaved}>
          Save
        </button>
      </form>
      {draft.mode === 'fresh_by' && (
        <p className="panel__text">It starts up to an hour and a half before, so that everything is fresh by then.</p>
      )}
      <Saved isSaved={isSaved && isAsSaved} error={error} />
      {schedule && <ScheduleState schedule={schedule} />}
    </section>
  );
}

/** When it is next, what came of the last time, and what went wrong. */
function ScheduleState({ schedule }: { schedule: Schedule }): ReactElement {
  const now = useNow();
  const next = nextWords(schedule, now);
  const last = lastWords(schedule);
  return (
    <div className="schedule__state">
      {next && <p>{next}</p>}
      {last && (
        <p className="schedule__last">
          {last} {schedule.lastSessionId && <Link href={`/history/${schedule.lastSessionId}`}>See the sync</Link>}
        </p>
      )}
      {troubleWords(schedule).map((words) => (
        <p key={words} className="schedule__trouble">
          <Icon name="warning" /> {words}
        </p>
      ))}
    </div>
  );
}

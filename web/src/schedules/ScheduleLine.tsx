import type { ReactElement } from 'react';
import { Link } from 'wouter';

import { useSchedules, type Place } from '../api/schedules';
import { useNow } from '../ui/useNow';
import { ahead } from '../words';
import { ruleWords } from './scheduleWords';

/** Says in a line when what is chosen is synced by itself. It has its place before that is known. */
export function ScheduleLine({ gameVersion, region }: Place): ReactElement {
  const schedules = useSchedules();
  const now = useNow();
  const schedule = schedules.data?.find((one) => one.gameVersion === gameVersion && one.region === region);
  return (
    <p className="sync__schedule">
      {schedules.data && (
        <>
          Synced {ruleWords(schedule)}
          {schedule?.nextDueAt && `, next ${ahead(schedule.nextDueAt, now)}`}.{' '}
        </>
      )}
      <Link href="/schedules">{schedule && schedule.mode !== 'off' ? 'Change' : 'Sync by itself'}</Link>
    </p>
  );
}

import { useState, type ReactElement } from 'react';

import { wordsOf } from '../api/http';
import { useCharacters, useGameVersions } from '../api/queries';
import { useSchedules, type Place } from '../api/schedules';
import { rememberedChoice } from '../sync/choice';
import { Choice } from '../ui/Choice';
import { Crumb } from '../ui/Crumb';
import { Loading, ReadFailed } from '../ui/Notice';
import { useTitle } from '../ui/useTitle';
import { REGION_IDS, regionName } from '../words';
import { places } from './places';
import { SchedulePlace } from './ScheduleForm';

/** When the player's characters are synced by themselves, for each game version and region they play. */
export default function SchedulesPage(): ReactElement {
  useTitle('Automatic syncs');
  const schedules = useSchedules();
  const characters = useCharacters();
  const versions = useGameVersions().data ?? [];
  const [added, setAdded] = useState<Place[]>([]);
  const nameOf = (id: string): string => versions.find((version) => version.id === id)?.name ?? id;
  const waits = schedules.isPending || characters.isPending;
  const shown = places(
    [...(schedules.data ?? []), ...(characters.data ?? []).filter(({ isActive }) => isActive), ...added],
    versions.map(({ id }) => id),
  );
  return (
    <>
      <Crumb href="/history">All syncs</Crumb>
      <h1 className="page-title">Automatic syncs</h1>
      <p className="panel__text">
        Your characters can be kept fresh while you are away. Battle.net lets us look for new characters for a day after you
        signed in; those known already are refreshed for as long as you like.
      </p>
      {waits && <Loading what="your automatic syncs" shape="panel--waiting" />}
      {schedules.isError && (
        <ReadFailed what="Your automatic syncs" why={wordsOf(schedules.error)} again={() => void schedules.refetch()} />
      )}
      {!waits &&
        schedules.data &&
        shown.map(({ gameVersion, region }) => (
          <SchedulePlace
            key={`${gameVersion} ${region}`}
            gameVersion={gameVersion}
            versionName={nameOf(gameVersion)}
            region={region}
            schedule={schedules.data.find((one) => one.gameVersion === gameVersion && one.region === region)}
          />
        ))}
      {!waits && schedules.data && (
        <AddPlace
          versions={versions.map(({ id, name }) => ({ value: id, label: name }))}
          isShown={(place) => shown.some((one) => one.gameVersion === place.gameVersion && one.region === place.region)}
          onAdd={(place) => setAdded([...added, place])}
        />
      )}
    </>
  );
}

interface AddPlaceProps {
  versions: { value: string; label: string }[];
  isShown: (place: Place) => boolean;
  onAdd: (place: Place) => void;
}

/** One that is not yet there: a game version or region of which no character is known. */
function AddPlace({ versions, isShown, onAdd }: AddPlaceProps): ReactElement {
  const [place, setPlace] = useState<Place>(rememberedChoice);
  return (
    <section className="panel" aria-labelledby="another">
      <h2 id="another" className="panel__title">
        Another version or region
      </h2>
      <form
        className="schedule__form"
        onSubmit={(event) => {
          event.preventDefault();
          onAdd(place);
        }}
      >
        <Choice
          label="Game version"
          value={place.gameVersion}
          options={versions}
          onChange={(gameVersion) => setPlace({ ...place, gameVersion })}
        />
        <Choice
          label="Region"
          value={place.region}
          options={REGION_IDS.map((value) => ({ value, label: regionName(value) }))}
          onChange={(region) => setPlace({ ...place, region })}
        />
        <button type="submit" className="button" disabled={isShown(place)}>
          {isShown(place) ? 'Is above' : 'Add'}
        </button>
      </form>
    </section>
  );
}

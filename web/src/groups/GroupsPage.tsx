import { useState, type FormEvent, type ReactElement } from 'react';

import { useChangeGroup, useCreateGroup, useDeleteGroup, useGroups } from '../api/belongings';
import { wordsOf } from '../api/http';
import { useCharacters, useGameVersions } from '../api/queries';
import { Crumb } from '../ui/Crumb';
import { Empty, Loading, ReadFailed } from '../ui/Notice';
import { Trouble } from '../ui/Trouble';
import { useTitle } from '../ui/useTitle';
import { GroupPanel } from './GroupPanel';

/** The player's groups of characters: a main and its alts, wherever they are. */
export default function GroupsPage(): ReactElement {
  useTitle('Groups');
  const groups = useGroups();
  const characters = useCharacters();
  const versions = useGameVersions().data ?? [];
  const create = useCreateGroup();
  const change = useChangeGroup();
  const remove = useDeleteGroup();
  const isBusy = create.isPending || change.isPending || remove.isPending;
  const trouble = create.error ?? change.error ?? remove.error;
  const waits = groups.isPending || characters.isPending;
  return (
    <>
      <Crumb href="/">All characters</Crumb>
      <h1 className="page-title">Groups</h1>
      <p className="panel__text">
        Characters that belong together, whatever their realm, region and game version: a main and its alts, a raid team,
        your bankers.
      </p>
      <NewGroup isBusy={isBusy} onCreate={(name) => create.mutateAsync(name)} />
      <Trouble error={trouble} />
      {waits && <Loading what="your groups" shape="panel--waiting" />}
      {groups.isError && <ReadFailed what="Your groups" why={wordsOf(groups.error)} again={() => void groups.refetch()} />}
      {characters.isError && (
        <ReadFailed what="Your characters" why={wordsOf(characters.error)} again={() => void characters.refetch()} />
      )}
      {!waits && groups.data?.length === 0 && (
        <Empty title="No groups yet">
          <p>Give one a name above, then add characters to it.</p>
        </Empty>
      )}
      {characters.data &&
        groups.data?.map((group) => (
          <GroupPanel
            key={group.id}
            group={group}
            characters={characters.data}
            versions={versions}
            isBusy={isBusy}
            onChange={(to) => change.mutate({ id: group.id, to })}
            onDelete={() => remove.mutate(group.id)}
          />
        ))}
    </>
  );
}

function NewGroup({ isBusy, onCreate }: { isBusy: boolean; onCreate: (name: string) => Promise<unknown> }): ReactElement {
  const [name, setName] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onCreate(name.trim()).then(
      () => setName(''),
      () => {}, // said below
    );
  };
  return (
    <form className="schedule__form" onSubmit={submit}>
      <label className="field new-group">
        <span className="field__label">New group</span>
        <input
          required
          maxLength={100}
          autoComplete="off"
          placeholder="Main and alts"
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
      </label>
      <button type="submit" className="button button--main" disabled={isBusy || name.trim() === ''}>
        Make group
      </button>
    </form>
  );
}

import { useId, useState, type FormEvent, type ReactElement } from 'react';
import { Link } from 'wouter';

import { useChangeGroup, useChangeMine, useGroups } from '../api/belongings';
import type { ChangeMine, CharacterDetail, Group } from '../api/types';
import { Choice } from '../ui/Choice';
import { Saved } from '../ui/Saved';
import { mineChange, mineDraft, ROLE_CHOICES, type MineDraft } from './mineWords';

/** What the player says of a character themselves; no sync changes it. */
export function MinePanel({ character }: { character: CharacterDetail }): ReactElement {
  const change = useChangeMine(character.id);
  const groups = useGroups();
  const regroup = useChangeGroup();
  const toggle = ({ id, members }: Group, isIn: boolean): void => {
    const others = members.filter((member) => member !== character.id);
    regroup.mutate({ id, to: { members: isIn ? [...others, character.id] : others } });
  };
  return (
    <MineForm
      character={character}
      groups={groups.data ?? []}
      isBusy={change.isPending || regroup.isPending}
      isSaved={change.isSuccess}
      error={change.error ?? regroup.error}
      onSave={(to) => change.mutate(to)}
      onGroup={toggle}
    />
  );
}

interface MineFormProps {
  character: CharacterDetail;
  groups: readonly Group[];
  isBusy: boolean;
  isSaved: boolean;
  error: Error | null;
  onSave: (change: ChangeMine) => void;
  onGroup: (group: Group, isIn: boolean) => void;
}

export function MineForm({ character, groups, isBusy, isSaved, error, onSave, onGroup }: MineFormProps): ReactElement {
  const title = useId();
  const saved = mineDraft(character.mine);
  const [draft, setDraft] = useState(saved);
  const edit = (to: Partial<MineDraft>): void => setDraft({ ...draft, ...to });
  const change = mineChange(saved, draft);
  const isAsSaved = Object.keys(change).length === 0;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSave(change);
  };
  return (
    <section className="panel" aria-labelledby={title}>
      <h2 id={title} className="panel__title">
        What you say of it
      </h2>
      <form className="mine" onSubmit={submit}>
        <label className="field">
          <span className="field__label">Your name for it</span>
          <input
            maxLength={64}
            autoComplete="off"
            placeholder={character.name}
            value={draft.displayName}
            onChange={({ target }) => edit({ displayName: target.value })}
          />
        </label>
        <Choice label="Role" value={draft.role} options={ROLE_CHOICES} onChange={(role) => edit({ role })} />
        <label className="field mine__note">
          <span className="field__label">Note</span>
          <textarea
            rows={2}
            maxLength={2000}
            placeholder="Only you can read it"
            value={draft.note}
            onChange={({ target }) => edit({ note: target.value })}
          />
        </label>
        <label className="check">
          <input type="checkbox" checked={draft.isHidden} onChange={({ target }) => edit({ isHidden: target.checked })} />
          Hide it in the list
        </label>
        <button type="submit" className="button button--main" disabled={isBusy || isAsSaved}>
          Save
        </button>
      </form>
      <fieldset className="mine__groups">
        <legend className="field__label">Groups</legend>
        {groups.map((group) => (
          <label key={group.id} className="check">
            <input
              type="checkbox"
              checked={group.members.includes(character.id)}
              disabled={isBusy}
              onChange={({ target }) => onGroup(group, target.checked)}
            />
            <bdi>{group.name}</bdi>
            {group.main === character.id && <span className="count">main</span>}
          </label>
        ))}
        <Link href="/groups">{groups.length === 0 ? 'Make a group' : 'All groups'}</Link>
      </fieldset>
      <Saved isSaved={isSaved && isAsSaved} error={error} />
    </section>
  );
}

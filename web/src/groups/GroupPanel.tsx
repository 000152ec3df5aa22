import { useId, useRef, useState, type FormEvent, type ReactElement } from 'react';
import { Link } from 'wouter';

import type { ChangeGroup, Character, GameVersion, Group } from '../api/types';
import { Avatar } from '../characters/Avatar';
import { ClassName } from '../characters/ClassName';
import { classSlug } from '../characters/classes';
import { realmName } from '../characters/grouping';
import { Icon } from '../ui/icons';
import { Sure } from '../ui/Sure';
import { many, regionName } from '../words';
import { candidates, membersOf } from './membership';

/** So many are offered while typing: one screen of a phone. */
const MOST_OFFERED = 6;

interface GroupPanelProps {
  group: Group;
  characters: readonly Character[];
  versions: readonly GameVersion[];
  isBusy: boolean;
  onChange: (to: ChangeGroup) => void;
  onDelete: () => void;
}

/** A group: its characters, which of them is the main, and how it is changed. */
export function GroupPanel({ group, characters, versions, isBusy, onChange, onDelete }: GroupPanelProps): ReactElement {
  const title = useId();
  const held = new Map(characters.map((one) => [one.id, one]));
  const members = membersOf(group, held);
  const where = (one: Character): string => {
    const version = versions.find(({ id }) => id === one.gameVersion)?.name ?? one.gameVersion;
    return `${realmName(one)}, ${regionName(one.region)}, ${version}`;
  };
  return (
    <section className="panel group" aria-labelledby={title}>
      <GroupHead title={title} group={group} count={members.length} isBusy={isBusy} onRename={(name) => onChange({ name })} onDelete={onDelete} />
      {members.length === 0 && <p className="panel__text">Nobody is in it yet.</p>}
      <ul className="members">
        {members.map((one) => (
          <Member
            key={one.id}
            character={one}
            where={where(one)}
            isMain={one.id === group.main}
            isBusy={isBusy}
            onMain={() => onChange({ main: one.id === group.main ? null : one.id })}
            onRemove={() => onChange({ members: group.members.filter((id) => id !== one.id) })}
          />
        ))}
      </ul>
      <AddMember
        group={group}
        characters={characters}
        where={where}
        isBusy={isBusy}
        onAdd={(id) => onChange({ members: [...group.members, id] })}
      />
    </section>
  );
}

interface GroupHeadProps {
  title: string;
  group: Group;
  count: number;
  isBusy: boolean;
  onRename: (name: string) => void;
  onDelete: () => void;
}

function GroupHead({ title, group, count, isBusy, onRename, onDelete }: GroupHeadProps): ReactElement {
  const [doing, setDoing] = useState<'rename' | 'delete' | null>(null);
  const [name, setName] = useState(group.name);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onRename(name.trim());
    setDoing(null);
  };
  return (
    <>
      <div className="group__head">
        <h2 id={title} className="panel__title">
          <bdi>{group.name}</bdi> <span className="count">{many(count, 'character')}</span>
        </h2>
        <span className="actions">
          <button
            type="button"
            className="button"
            aria-label={`Rename ${group.name}`}
            aria-expanded={doing === 'rename'}
            onClick={() => setDoing(doing === 'rename' ? null : 'rename')}
          >
            Rename
          </button>
          <button
            type="button"
            className="button"
            aria-label={`Delete ${group.name} …`}
            aria-expanded={doing === 'delete'}
            onClick={() => setDoing(doing === 'delete' ? null : 'delete')}
          >
            Delete
          </button>
        </span>
      </div>
      {doing === 'rename' && (
        <form className="schedule__form" onSubmit={submit}>
          <label className="field">
            <span className="field__label">New name</span>
            <input required maxLength={100} autoComplete="off" value={name} onChange={({ target }) => setName(target.value)} />
          </label>
          <button type="submit" className="button button--main" disabled={isBusy || name.trim() === ''}>
            Save name
          </button>
        </form>
      )}
      {doing === 'delete' && (
        <Sure yes={`Delete ${group.name}`} isBusy={isBusy} onYes={onDelete} onNo={() => setDoing(null)} />
      )}
    </>
  );
}

interface MemberProps {
  character: Character;
  where: string;
  isMain: boolean;
  isBusy: boolean;
  onMain: () => void;
  onRemove: () => void;
}

function Member({ character, where, isMain, isBusy, onMain, onRemove }: MemberProps): ReactElement {
  const { id, name, mine, level, characterClass } = character;
  const shownName = mine?.displayName ?? name;
  return (
    <li className="member" data-class={classSlug(characterClass.id)}>
      <Avatar of={character} />
      <div className="member__words">
        <Link href={`/characters/${id}`} className="class-name member__name">
          <bdi>{shownName}</bdi>
        </Link>
        <p className="member__more">
          {level > 0 && `${level} `}
          {characterClass.name}
        </p>
        <p className="member__more">{where}</p>
      </div>
      <span className="member__actions">
        <button
          type="button"
          className="button button--icon"
          aria-pressed={isMain}
          aria-label={`${shownName} is the main`}
          title={isMain ? 'The main' : 'Make it the main'}
          disabled={isBusy}
          onClick={onMain}
        >
          <Icon name="star" />
        </button>
        <button
          type="button"
          className="button button--icon"
          aria-label={`Take ${shownName} out`}
          title="Take it out"
          disabled={isBusy}
          onClick={onRemove}
        >
          <Icon name="cross" />
        </button>
      </span>
    </li>
  );
}

interface AddMemberProps {
  group: Group;
  characters: readonly Character[];
  where: (character: Character) => string;
  isBusy: boolean;
  onAdd: (id: string) => void;
}

/** Finds a character by what is typed, and adds it. */
function AddMember({ group, characters, where, isBusy, onAdd }: AddMemberProps): ReactElement {
  const [text, setText] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const found = candidates(characters, group, text, MOST_OFFERED);
  const add = (id: string): void => {
    onAdd(id);
    setText('');
    // The button goes away with what was offered.
    field.current?.focus();
  };
  return (
    <div className="add-member">
      <label className="field">
        <span className="field__label">Add a character</span>
        <input
          ref={field}
          type="search"
          autoComplete="off"
          placeholder="Name, realm, class"
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
      </label>
      <p className="hidden" role="status">
        {text.trim() !== '' && `${many(found.length, 'character')} found`}
      </p>
      {text.trim() !== '' && found.length === 0 && <p className="panel__text">No character matches that is not in it already.</p>}
      <ul className="add-member__found">
        {found.map((one) => (
          <li key={one.id}>
            <button type="button" className="add-member__one" disabled={isBusy} onClick={() => add(one.id)}>
              <ClassName classId={one.characterClass.id} name={one.mine?.displayName ?? one.name} /> <span>{where(one)}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

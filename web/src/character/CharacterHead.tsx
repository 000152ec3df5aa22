import type { ReactElement, ReactNode } from 'react';

import { useGameVersions } from '../api/queries';
import type { CharacterDetail } from '../api/types';
import { Avatar } from '../characters/Avatar';
import { describe } from '../characters/CharacterCard';
import { ClassName } from '../characters/ClassName';
import { classSlug } from '../characters/classes';
import { FactionBadge } from '../characters/FactionBadge';
import { realmName } from '../characters/grouping';
import { regionName } from '../words';

interface CharacterHeadProps {
  character: CharacterDetail;
  /** What stands under it; nothing where the character is shown as it was. */
  children?: ReactNode;
}

/** Who the character is: name, class, realm, item level. */
export function CharacterHead({ character, children }: CharacterHeadProps): ReactElement {
  const { name, mine, title, guild, faction, itemLevel, characterClass, region, gameVersion } = character;
  const versions = useGameVersions().data ?? [];
  const version = versions.find(({ id }) => id === gameVersion)?.name ?? gameVersion;
  return (
    <header className="sheet" data-class={classSlug(characterClass.id)}>
      <Avatar of={character} size="page" />
      <div className="sheet__who">
        <h1 className="sheet__name">
          <ClassName classId={characterClass.id} name={mine?.displayName ?? name} />
        </h1>
        {mine?.displayName && (
          <p className="sheet__title">
            <bdi>{name}</bdi> in the game
          </p>
        )}
        {title && <p className="sheet__title">{title.replace('{name}', name)}</p>}
        <p className="sheet__what">{describe(character)}</p>
        <p className="sheet__where">
          {guild && (
            <span>
              &lt;<bdi>{guild}</bdi>&gt;
            </span>
          )}
          <span>{realmName(character)}</span>
          <span>{regionName(region)}</span>
          <span>{version}</span>
          <FactionBadge faction={faction} />
        </p>
      </div>
      <div className="sheet__strength">
        <p className="item-level item-level--page">
          <span className="item-level__value">{itemLevel ?? '–'}</span>
          <span className="item-level__unit">item level</span>
        </p>
      </div>
      {children}
    </header>
  );
}

import { StatusIcon, type CharacterProgress } from '@character-sync/react';
import type { ReactElement, ReactNode } from 'react';
import { Link } from 'wouter';

import type { Character } from '../api/types';
import { Ago } from '../ui/Ago';
import { Icon } from '../ui/icons';
import { explain, facetName } from '../words';
import type { CardGroup } from '../groups/membership';
import { roleName } from '../groups/mineWords';
import { Avatar } from './Avatar';
import { classSlug } from './classes';
import { FactionBadge } from './FactionBadge';
import { lastFetched, troubles, type FacetTrouble } from './freshness';

interface CharacterCardProps {
  character: Character;
  /** How it stands in the sync that runs. */
  live?: CharacterProgress | undefined;
  /** The player's groups it is in. */
  groups?: readonly CardGroup[] | undefined;
  /** The button that refreshes it. */
  refresh?: ReactNode;
}

/** A character at a glance: who they are, how strong, how fresh. */
export function CharacterCard({ character, live, groups = [], refresh }: CharacterCardProps): ReactElement {
  const { id, name, guild, itemLevel, faction, characterClass, mine } = character;
  return (
    <article className="card" data-class={classSlug(characterClass.id)} data-archived={character.isActive ? undefined : ''}>
      <Avatar of={character} />
      <div className="card__who">
        <h4 className="card__name">
          <Link href={`/characters/${id}`} className="class-name">
            <bdi>{mine?.displayName ?? name}</bdi>
          </Link>
        </h4>
        {mine?.displayName && (
          <p className="card__guild">
            <bdi>{name}</bdi>
          </p>
        )}
        {guild && (
          <p className="card__guild">
            &lt;<bdi>{guild}</bdi>&gt;
          </p>
        )}
        <p className="card__what">{origin(character)}</p>
        <p className="card__what">{calling(character)}</p>
        <Tags role={mine?.role ?? null} isHidden={mine?.isHidden ?? false} groups={groups} />
      </div>
      <div className="card__strength">
        <ItemLevel value={itemLevel ?? null} />
        <FactionBadge faction={faction} />
      </div>
      <div className="card__foot">
        <Freshness character={character} live={live} />
        {refresh}
      </div>
    </article>
  );
}

interface TagsProps {
  role: string | null;
  isHidden: boolean;
  groups: readonly CardGroup[];
}

/** What the player says of the character. */
function Tags({ role, isHidden, groups }: TagsProps): ReactElement | null {
  if (role === null && !isHidden && groups.length === 0) return null;
  return (
    <ul className="tags" aria-label="What you say of it">
      {role && <li className="tag">{roleName(role)}</li>}
      {groups.map(({ id, name, isMain }) => (
        <li key={id} className="tag" data-main={isMain ? '' : undefined}>
          {isMain && <Icon name="star" />}
          <span>
            <bdi>{name}</bdi>
            {isMain && <span className="hidden">, main</span>}
          </span>
        </li>
      ))}
      {isHidden && <li className="tag">Hidden</li>}
    </ul>
  );
}

type What = Pick<Character, 'level' | 'race' | 'activeSpec' | 'characterClass'>;

/** `80 Blood Elf`. */
function origin({ level, race }: What): string {
  if (level === 0) return ['Level unknown', race.name].filter(Boolean).join(', ');
  return [level, race.name].filter(Boolean).join(' ');
}

/** `Protection Paladin`. */
function calling({ activeSpec, characterClass }: What): string {
  return [activeSpec?.name, characterClass.name].filter(Boolean).join(' ');
}

/** Return what a character is in a line: `80 Blood Elf Protection Paladin`. */
export function describe(character: What): string {
  return `${origin(character)} ${calling(character)}`.trim();
}

function ItemLevel({ value }: { value: number | null }): ReactElement {
  return (
    <p className="item-level">
      <span className="item-level__value">{value ?? '–'}</span>
      <abbr className="item-level__unit" title="item level">
        ilvl
      </abbr>
    </p>
  );
}

const LIVE_WORDS: Record<string, string> = { pending: 'Waiting its turn', processing: 'Being fetched' };

function Freshness({ character, live }: { character: Character; live: CharacterProgress | undefined }): ReactElement {
  const word = live && LIVE_WORDS[live.status];
  if (live && word !== undefined) {
    return (
      <p className="card__fresh" data-live={live.status}>
        <StatusIcon status={live.status} /> {word}
      </p>
    );
  }
  const found = troubles(character.facets);
  const fetched = lastFetched(character.facets);
  return (
    <div className="card__fresh">
      {!character.isActive && <p className="card__archived">No longer on your Battle.net account</p>}
      {found.length > 0 && <Trouble found={found} />}
      <p>{fetched === null ? 'Not fetched yet' : <>Updated <Ago at={fetched} /></>}</p>
    </div>
  );
}

/** One line for what is missing or old; one reason said once. */
function Trouble({ found }: { found: FacetTrouble[] }): ReactElement {
  const [first] = found;
  const alike = found.filter(({ reason }) => reason === first?.reason);
  const { why } = explain(first?.reason ?? '');
  return (
    <p className="card__trouble">
      <Icon name="warning" />
      <span>
        {alike.map(({ facet }) => facetName(facet)).join(', ')} {found.some(({ heldSince }) => heldSince) ? 'not up to date' : 'missing'}:{' '}
        {why}
      </span>
    </p>
  );
}

import { useState, type ReactElement } from 'react';

import { classLetters, classSlug } from './classes';

interface AvatarProps {
  of: { name: string; avatarUrl?: string | null; characterClass: { id: number | null }; faction: string | null };
  size?: 'card' | 'page';
}

const PIXELS = { card: 60, page: 112 };

/** The character's picture in a ring of the class's colour; without one, or offline, the class is drawn. */
export function Avatar({ of, size = 'card' }: AvatarProps): ReactElement {
  const [lost, setLost] = useState<string | null>(null);
  const url = of.avatarUrl;
  const pixels = PIXELS[size];
  return (
    <span className="avatar" data-size={size} data-class={classSlug(of.characterClass.id)}>
      {url && url !== lost ? (
        <img
          src={url}
          alt=""
          width={pixels}
          height={pixels}
          loading={size === 'card' ? 'lazy' : 'eager'}
          decoding="async"
          referrerPolicy="no-referrer"
          onError={() => setLost(url)}
        />
      ) : (
        <DrawnAvatar letters={classLetters(of.characterClass.id)} faction={of.faction} />
      )}
    </span>
  );
}

function DrawnAvatar({ letters, faction }: { letters: string; faction: string | null }): ReactElement {
  return (
    <svg viewBox="0 0 60 60" aria-hidden="true" focusable="false" data-faction={faction ?? ''} className="avatar__drawn">
      <rect className="avatar__sky" width="60" height="60" />
      <path className="avatar__bust" d="M8 60c1-13 9-18 15-20a13 13 0 1 1 14 0c6 2 14 7 15 20z" />
      <text x="30" y="56" textAnchor="middle">
        {letters}
      </text>
    </svg>
  );
}

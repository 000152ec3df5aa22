import type { ReactElement } from 'react';

import { signInUrl } from '../api/queries';
import { CharacterCard } from '../characters/CharacterCard';
import { Notice } from '../ui/Notice';
import { useTitle } from '../ui/useTitle';
import { EXAMPLES } from './examples';

/** What a visitor sees who has not signed in. */
export function Landing({ refused }: { refused: string | null }): ReactElement {
  useTitle('');
  return (
    <div className="landing">
      <div className="landing__words">
        <h1>Every character you play, in one place</h1>
        <p className="landing__lead">
          Sign in with Battle.net, choose a game version, press Sync, and watch your World of Warcraft characters arrive: gear,
          talents and item level, with an honest reason for whatever is missing.
        </p>
        {refused && (
          <Notice tone="error" title="You are not signed in.">
            {refused}
          </Notice>
        )}
        <p>
          <a className="button button--main button--large" href={signInUrl()}>
            Sign in with Battle.net
          </a>
        </p>
        <ul className="landing__promises">
          <li>We read your character list and public profiles. Nothing in your game is changed.</li>
          <li>Your password stays with Battle.net; this site never sees it.</li>
          <li>Retail, Classic Era, Season of Discovery, Anniversary and Classic Progression.</li>
        </ul>
      </div>
      <div className="landing__cards" aria-hidden="true" inert>
        {EXAMPLES.map((character) => (
          <CharacterCard key={character.id} character={character} />
        ))}
      </div>
    </div>
  );
}

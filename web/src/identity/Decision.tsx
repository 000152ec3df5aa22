import { useState, type ReactElement } from 'react';
import { Link } from 'wouter';

import type { IdentityDecision } from '../api/types';
import { Ago } from '../ui/Ago';
import { Sure } from '../ui/Sure';
import { deciderWords, decisionWords, weighed, type Names } from './identityWords';

interface DecisionProps {
  decision: IdentityDecision;
  names: Names;
  isBusy: boolean;
  onUndo: () => void;
  /** Says yes after all. */
  onSame: () => void;
}

/** What was decided, by whom and why, and the way back. */
export function Decision({ decision, names, isBusy, onUndo, onSame }: DecisionProps): ReactElement {
  const [asked, setAsked] = useState(false);
  const words = decisionWords(decision, names);
  const { same, different } = weighed(decision.evidence, names);
  // What the player once denied or took back they may still say.
  const maySayYes = decision.decidedBy === 'player' && (decision.status === 'declined' || decision.status === 'undone');
  return (
    <li className="decision">
      <div className="decision__words">
        <p className="decision__what">{decision.isSame ? <Link href={`/characters/${decision.olderId}`}>{words}</Link> : words}</p>
        <p className="decision__who">
          {deciderWords(decision)}, <Ago at={decision.decidedAt ?? decision.createdAt} />
        </p>
        <details className="decision__why">
          <summary>Why</summary>
          <ul>
            {[...same, ...different].map((fact) => (
              <li key={fact}>{fact}</li>
            ))}
          </ul>
        </details>
      </div>
      {asked && (
        <Sure
          yes={maySayYes ? 'Make them one' : decision.isSame ? 'Make them two again' : 'Ask me again'}
          no="Leave it"
          isBusy={isBusy}
          onYes={() => {
            setAsked(false);
            (maySayYes ? onSame : onUndo)();
          }}
          onNo={() => setAsked(false)}
        />
      )}
      {!asked && (decision.isUndoable || maySayYes) && (
        <button type="button" className="button" aria-label={`${maySayYes ? 'The same after all' : 'Undo'}: ${words}`} onClick={() => setAsked(true)}>
          {maySayYes ? 'The same after all' : 'Undo'}
        </button>
      )}
    </li>
  );
}

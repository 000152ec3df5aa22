import { useId, type ReactElement, type ReactNode } from 'react';

import type { Character, IdentityDecision } from '../api/types';
import { Avatar } from '../characters/Avatar';
import { ClassName } from '../characters/ClassName';
import { classSlug } from '../characters/classes';
import { Ago } from '../ui/Ago';
import { likelihood, parties, weighed, type Names, type Party } from './identityWords';

interface QuestionProps {
  question: IdentityDecision;
  names: Names;
  /** The two characters as they are held. */
  older?: Character | undefined;
  newer?: Character | undefined;
  isBusy: boolean;
  onAnswer: (isSame: boolean) => void;
}

/** Two characters side by side, what speaks for them being one, and the player's word. */
export function Question({ question, names, older, newer, isBusy, onAnswer }: QuestionProps): ReactElement {
  const title = useId();
  const [before, now] = parties(question, names);
  const { same, different } = weighed(question.evidence, names);
  return (
    <article className="question" aria-labelledby={title}>
      <h3 id={title} className="question__title">
        Is <bdi>{now.name}</bdi> of {now.realm} the <bdi>{before.name}</bdi> of {before.realm}?
      </h3>
      <div className="question__pair">
        <Face party={before} held={older}>
          {older?.missingSince ? (
            <>
              missing since <Ago at={older.missingSince} />
            </>
          ) : (
            'missing'
          )}
        </Face>
        <span className="question__arrow" aria-hidden="true">
          →
        </span>
        <Face party={now} held={newer}>
          new in the list <Ago at={question.createdAt} />
        </Face>
      </div>
      <p>
        That they are one is <strong>{likelihood(question.confidence)}</strong>.
      </p>
      <div className="question__evidence">
        <Facts title="Speaks for it" facts={same} sign="+" />
        <Facts title="Speaks against it" facts={different} sign="–" />
      </div>
      <div className="actions">
        <button type="button" className="button button--main" disabled={isBusy} onClick={() => onAnswer(true)}>
          Yes, the same
        </button>
        <button type="button" className="button" disabled={isBusy} onClick={() => onAnswer(false)}>
          No, two characters
        </button>
      </div>
    </article>
  );
}

interface FaceProps {
  party: Party;
  held: Character | undefined;
  children: ReactNode;
}

function Face({ party, held, children }: FaceProps): ReactElement {
  const { name, realm, what, classId } = party;
  return (
    <div className="face" data-class={classSlug(classId)}>
      <Avatar of={held ?? { name, characterClass: { id: classId }, faction: null }} />
      <div className="face__words">
        <p className="face__name">
          <ClassName classId={classId} name={name} />
        </p>
        <p>{realm}</p>
        <p className="face__more">{what}</p>
        <p className="face__more">{children}</p>
      </div>
    </div>
  );
}

function Facts({ title, facts, sign }: { title: string; facts: string[]; sign: string }): ReactElement | null {
  if (facts.length === 0) return null;
  return (
    <div>
      <h4 className="question__facts">{title}</h4>
      <ul>
        {facts.map((fact) => (
          <li key={fact} className="question__fact" data-sign={sign}>
            {fact}
          </li>
        ))}
      </ul>
    </div>
  );
}

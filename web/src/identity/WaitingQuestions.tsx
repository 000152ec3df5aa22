import type { ReactElement } from 'react';
import { Link } from 'wouter';

import { Notice } from '../ui/Notice';

/** Tells that there are questions only the player can answer. */
export function WaitingQuestions({ count }: { count: number }): ReactElement | null {
  if (count === 0) return null;
  return (
    <Notice
      tone="info"
      icon="question"
      title={count === 1 ? 'Is it the same character?' : `${count} times: is it the same character?`}
      action={
        <Link className="button" href="/who-is-who">
          {count === 1 ? 'Answer the question' : `Answer ${count} questions`}
        </Link>
      }
    >
      A character is missing, and one that looks like it has come. Only you can tell; until then they are two.
    </Notice>
  );
}

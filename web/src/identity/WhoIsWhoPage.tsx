import { useMemo, useRef, type ReactElement } from 'react';

import { wordsOf } from '../api/http';
import { useAnswer, useDecisions, useQuestions, useUndo } from '../api/identity';
import { useCharacters } from '../api/queries';
import { Crumb } from '../ui/Crumb';
import { Loading, ReadFailed } from '../ui/Notice';
import { Trouble } from '../ui/Trouble';
import { useTitle } from '../ui/useTitle';
import { Decision } from './Decision';
import { namesOf } from './identityWords';
import { Question } from './Question';

/** The questions that only the player can answer, what was decided about who is who, and the way back. */
export default function WhoIsWhoPage(): ReactElement {
  useTitle('Who is who');
  const questions = useQuestions();
  const decisions = useDecisions();
  const characters = useCharacters();
  const answer = useAnswer();
  const undo = useUndo();
  const questionsTitle = useRef<HTMLHeadingElement>(null);
  const names = useMemo(() => namesOf(characters.data ?? []), [characters.data]);
  const held = useMemo(() => new Map((characters.data ?? []).map((one) => [one.id, one])), [characters.data]);
  const isBusy = answer.isPending || undo.isPending;
  const trouble = answer.error ?? undo.error;
  const settled = decisions.data?.pages.flatMap(({ items }) => items).filter(({ status }) => status !== 'asked');
  // The button that was pressed goes away with its question.
  const goOn = { onSuccess: () => questionsTitle.current?.focus() };
  const say = (id: string, isSame: boolean): void => {
    undo.reset();
    answer.mutate({ id, isSame }, goOn);
  };
  const takeBack = (id: string): void => {
    answer.reset();
    undo.mutate(id, goOn);
  };
  return (
    <>
      <Crumb href="/">All characters</Crumb>
      <h1 className="page-title">Who is who</h1>
      <p className="panel__text">
        Characters are renamed, transferred and made anew. Where Battle.net tells enough, a character keeps its history by
        itself; where it does not, you are asked. Everything can be taken back.
      </p>
      <p className="said" role="status">
        {answer.data && (answer.data.isSame ? 'They are one character now.' : 'They stay two characters.')}
        {undo.data && (undo.data.status === 'asked' ? 'The question is open again.' : 'They are two characters again.')}
      </p>
      <Trouble error={trouble} />
      {(questions.isPending || characters.isPending) && <Loading what="the questions" shape="panel--waiting" />}
      {questions.isError && <ReadFailed what="The questions" why={wordsOf(questions.error)} again={() => void questions.refetch()} />}
      {questions.data && !characters.isPending && (
        <section className="panel" aria-labelledby="questions">
          <h2 id="questions" ref={questionsTitle} tabIndex={-1} className="panel__title">
            Questions for you
          </h2>
          {questions.data.length === 0 && <p className="panel__text">Nothing is in doubt.</p>}
          {questions.data.map((question) => (
            <Question
              key={question.id}
              question={question}
              names={names}
              older={held.get(question.olderId)}
              newer={held.get(question.newerId)}
              isBusy={isBusy}
              onAnswer={(isSame) => say(question.id, isSame)}
            />
          ))}
        </section>
      )}
      {decisions.isError && <ReadFailed what="The decisions" why={wordsOf(decisions.error)} again={() => void decisions.refetch()} />}
      {settled && (
        <section className="panel" aria-labelledby="decisions">
          <h2 id="decisions" className="panel__title">
            What was decided
          </h2>
          {settled.length === 0 ? (
            <p className="panel__text">Nothing so far: every character was who it was before.</p>
          ) : (
            <ul>
              {settled.map((decision) => (
                <Decision
                  key={decision.id}
                  decision={decision}
                  names={names}
                  isBusy={isBusy}
                  onUndo={() => takeBack(decision.id)}
                  onSame={() => say(decision.id, true)}
                />
              ))}
            </ul>
          )}
          {decisions.hasNextPage && (
            <button
              type="button"
              className="button"
              disabled={decisions.isFetchingNextPage}
              onClick={() => void decisions.fetchNextPage()}
            >
              {decisions.isFetchingNextPage ? 'Loading …' : 'Show older decisions'}
            </button>
          )}
        </section>
      )}
    </>
  );
}

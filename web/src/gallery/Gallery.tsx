import { CharacterSyncProgress } from '@character-sync/react';
import type { CharacterSyncState } from '@character-sync/react/client';
import type { ReactElement, ReactNode } from 'react';

import type { Me } from '../api/types';
import { ToldOf } from '../account/ToldOf';
import { ShownSecret, WebhookRow } from '../account/Webhooks';
import { Deliveries } from '../account/WebhookPage';
import { Activity } from '../activity/Activity';
import { CharacterSheet } from '../character/CharacterPage';
import { CharacterCard } from '../characters/CharacterCard';
import { CardSkeletons } from '../characters/CharactersPage';
import { ClassName } from '../characters/ClassName';
import { SessionRow } from '../history/HistoryPage';
import { SessionCharacters } from '../history/SyncSessionPage';
import { GroupPanel } from '../groups/GroupPanel';
import { MineForm } from '../groups/MinePanel';
import { Decision } from '../identity/Decision';
import { namesOf } from '../identity/identityWords';
import { Question } from '../identity/Question';
import { WaitingQuestions } from '../identity/WaitingQuestions';
import { SheetAsOf } from '../past/AsOf';
import { Changes } from '../past/Changes';
import { KnownAsPanel } from '../past/KnownAs';
import { StepChart } from '../past/StepChart';
import { Timeline } from '../past/Timeline';
import { ScheduleForm } from '../schedules/ScheduleForm';
import { SignInAgain } from '../signIn/SignInAgain';
import { RefreshButton } from '../sync/RefreshButton';
import { SyncClientProvider } from '../sync/SyncClient';
import { PlanView } from '../sync/PlanView';
import { SyncPanel } from '../sync/SyncPanel';
import { Empty, Notice, ReadFailed } from '../ui/Notice';
import { fakeStore } from './fakeStore';
import { GROUP, MEMBERS, SAID } from './groupFixtures';
import { VERSIONS, CARDS, CLASSES, character, detail, DETAILS, progress, PROGRESS, SESSIONS, SNAPSHOT } from './fixtures';
import { DECISIONS, IDENTITIES, KNOWN, QUESTIONS } from './identityFixtures';
import { CHANGES, DELIVERIES, PLANS, SECRET, WEBHOOKS } from './changeFixtures';
import { SCHEDULE_STATES } from './scheduleFixtures';
import { DIFFS, RECALLED, SERIES, STATES as PASTS } from './pastFixtures';

const idleRefresh = { live: null, progress: null, isRefreshing: false, error: null, refresh: () => {} };
const nothing = (): void => {};

const coloured = ({ id, name }: { id: string; name: string }): ReactElement => (
  <ClassName classId={(Number(id) % 13) + 1} name={name} />
);

const PANELS: Record<string, Partial<CharacterSyncState>> = {
  'panel-idle': {},
  'panel-starting': { isStarting: true },
  'panel-running': { sessionId: 'gallery', progress: progress() },
  'panel-completed-with-failures': { sessionId: 'gallery', progress: PROGRESS['progress-completed-with-failures']! },
  'panel-refused': {
    error: 'Your Battle.net sign-in has ended. Sign in with Battle.net again to sync your characters.',
    errorCode: 'battle_net_token_invalid',
    errorIn: 'start',
    signInUrl: '/auth/battle-net/login',
  },
  'panel-unwatched': {
    sessionId: 'gallery',
    progress: progress(),
    error: 'The service cannot be reached. Check your connection.',
    errorCode: 'unreachable',
    errorIn: 'session',
    isConnected: false,
  },
};

const NAMES = namesOf(KNOWN);

const EXPIRED: Me = {
  id: 'gallery',
  battletag: 'Player#1234',
  battleNet: { status: 'expired', expiresAt: '2026-11-22T12:00:00.000Z', listFrozenSince: '2026-11-22T12:00:00.000Z' },
};

/** A card stands under a realm's heading. */
const underRealm = (card: ReactNode): ReactElement => (
  <>
    <h3 className="realm__title">Old Blanchy</h3>
    {card}
  </>
);

/** A piece of a panel has headings below the panel's. */
const underPanel = (piece: ReactNode): ReactElement => <div className="panel">{piece}</div>;

const live = (status: string): ReactElement => (
  <CharacterCard
    character={character()}
    live={{ id: 'gallery', name: 'Pallywar', realm: 'old-blanchy', status }}
    refresh={<RefreshButton name="Pallywar" refresh={{ ...idleRefresh, isRefreshing: true }} />}
  />
);

const mapped = <T,>(states: Record<string, T>, show: (state: T) => ReactNode): Record<string, ReactNode> =>
  Object.fromEntries(Object.entries(states).map(([name, state]) => [name, show(state)]));

/** Every state there is to see, by its name. */
const STATES: Record<string, ReactNode> = {
  ...mapped(PROGRESS, (state) => <CharacterSyncProgress progress={state} renderName={coloured} />),
  'progress-plain': (
    <div className="gallery__plain">
      <CharacterSyncProgress progress={PROGRESS['progress-failed-character']!} />
    </div>
  ),
  'progress-restyled': (
    <div className="gallery__restyled">
      <CharacterSyncProgress progress={PROGRESS['progress-middle']!} />
    </div>
  ),
  ...mapped(PANELS, (state) => (
    <SyncClientProvider client={fakeStore(state)}>
      <SyncPanel renderName={coloured} />
    </SyncClientProvider>
  )),
  ...mapped(CARDS, (one) =>
    underRealm(
      <CharacterCard character={one} refresh={one.isActive && <RefreshButton name={one.name} refresh={idleRefresh} />} />,
    ),
  ),
  'card-pending': underRealm(live('pending')),
  'card-processing': underRealm(live('processing')),
  'card-classes': underRealm(
    <ul className="cards">
      {CLASSES.map((one) => (
        <li key={one.id}>
          <CharacterCard character={one} />
        </li>
      ))}
    </ul>,
  ),
  'card-said': underRealm(
    <CharacterCard
      character={character({ mine: SAID })}
      groups={[{ id: '1', name: 'Main and alts', isMain: true }, { id: '2', name: 'Thursday raid', isMain: false }]}
    />,
  ),
  'cards-loading': <CardSkeletons />,
  ...mapped(DETAILS, (one) => <CharacterSheet character={one} />),
  ...mapped(DIFFS, (diff) => underPanel(<Changes diff={diff} facets={detail().facets} />)),
  ...mapped(SERIES, (series) => underPanel(<StepChart series={series} />)),
  ...mapped(PASTS, (states) => underPanel(<Timeline id="gallery" states={states} />)),
  ...mapped(RECALLED, (then) => <SheetAsOf character={detail()} then={then} />),
  'history-rows': (
    <ul className="sessions">
      {SESSIONS.map((one) => (
        <li key={one.sessionId}>
          <SessionRow session={one} />
        </li>
      ))}
    </ul>
  ),
  'history-outcomes': <SessionCharacters session={SNAPSHOT} />,
  group: (
    <GroupPanel group={GROUP} characters={MEMBERS} versions={VERSIONS} isBusy={false} onChange={nothing} onDelete={nothing} />
  ),
  'group-empty': (
    <GroupPanel
      group={{ ...GROUP, name: 'Bankers', members: [], main: null }}
      characters={MEMBERS}
      versions={VERSIONS}
      isBusy={false}
      onChange={nothing}
      onDelete={nothing}
    />
  ),
  'said-of-a-character': (
    <MineForm
      character={detail({ mine: SAID })}
      groups={[GROUP]}
      isBusy={false}
      isSaved={false}
      error={null}
      onSave={nothing}
      onGroup={nothing}
    />
  ),
  ...mapped(QUESTIONS, (question) =>
    underPanel(
      <Question question={question} names={NAMES} older={KNOWN[0]} newer={KNOWN[1]} isBusy={false} onAnswer={nothing} />,
    ),
  ),
  decisions: underPanel(
    <ul>
      {DECISIONS.map((one) => (
        <Decision key={one.id} decision={one} names={NAMES} isBusy={false} onUndo={nothing} onSame={nothing} />
      ))}
    </ul>,
  ),
  ...mapped(SCHEDULE_STATES, (one) => (
    <ScheduleForm
      versionName="Retail"
      region="eu"
      schedule={one}
      isBusy={false}
      isSaved={false}
      error={null}
      onSave={nothing}
    />
  )),
  ...mapped(PLANS, (plan) => underPanel(<PlanView plan={plan} isBusy={false} onSync={nothing} onClose={nothing} />)),
  activity: <Activity changes={CHANGES} versionName={() => 'Retail'} />,
  webhooks: underPanel(
    <ul>
      {WEBHOOKS.map((one) => (
        <WebhookRow key={one.id} webhook={one} isBusy={false} onPause={nothing} onNewSecret={nothing} onDelete={nothing} />
      ))}
    </ul>,
  ),
  ...mapped({ 'told-of-all': WEBHOOKS[0]!, 'told-of-one': WEBHOOKS[3]! }, (one) => (
    <ToldOf webhook={one} isBusy={false} isSaved={false} error={null} onSave={nothing} />
  )),
  'webhook-secret': <ShownSecret secret={SECRET} />,
  deliveries: underPanel(<Deliveries deliveries={DELIVERIES} isBusy={false} onAgain={nothing} />),
  'known-as': <KnownAsPanel identities={IDENTITIES} />,
  'questions-wait': <WaitingQuestions count={2} />,
  'notice-sign-in-again': <SignInAgain me={EXPIRED} />,
  'notice-sign-in-again-for-syncs': (
    <SignInAgain me={{ ...EXPIRED, notice: { reason: 'sign_in_again', since: '2026-11-22T12:00:00.000Z' } }} />
  ),
  'notice-info': <Notice tone="info" title="Something to know." />,
  'read-failed': <ReadFailed what="Your characters" why="The service cannot be reached. Check your connection." again={nothing} />,
  empty: (
    <Empty title="No characters yet">
      <p>Choose your game version and region above and press Sync.</p>
    </Empty>
  ),
};

/** Every state of the component and the page's parts, from a fake store; `?state=` shows one alone. */
export function Gallery({ only }: { only: string | null }): ReactElement {
  const shown = Object.entries(STATES).filter(([state]) => only === null || state === only);
  return (
    <main className="main gallery">
      <h1 className="page-title">{only === null ? 'Gallery' : `Gallery: ${only}`}</h1>
      {only !== null && <a href="/gallery">All states</a>}
      {shown.length === 0 && <Empty title="There is no such state" />}
      {shown.map(([state, what]) => (
        <section key={state} className="gallery__state" data-state={state}>
          <h2 className="gallery__name">
            <a href={`/gallery?state=${state}`}>{state}</a>
          </h2>
          {what}
        </section>
      ))}
    </main>
  );
}

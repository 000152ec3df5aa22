import { Suspense, type ReactElement, type ReactNode } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';

import { wordsOf } from './api/http';
import { signInUrl, useGameVersions, useMe } from './api/queries';
import type { Me } from './api/types';
import { CharacterPage } from './character/CharacterPage';
import { CharactersPage } from './characters/CharactersPage';
import { HistoryPage } from './history/HistoryPage';
import { SyncSessionPage } from './history/SyncSessionPage';
import { Landing } from './signIn/Landing';
import { refusedSignIn } from './signIn/refused';
import { SignInAgain } from './signIn/SignInAgain';
import { useSyncClient } from './sync/SyncClient';
import { useFreshQueries } from './sync/useFreshQueries';
import { useRunningSync } from './sync/useRunningSync';
import { Emblem } from './ui/icons';
import { later } from './ui/later';
import { Empty, Loading, ReadFailed } from './ui/Notice';
import { useArrival } from './ui/useArrival';

const AccountPage = later(() => import('./account/AccountPage'));
const WebhookPage = later(() => import('./account/WebhookPage'));
const ActivityPage = later(() => import('./activity/ActivityPage'));
const GroupsPage = later(() => import('./groups/GroupsPage'));
const SchedulesPage = later(() => import('./schedules/SchedulesPage'));
const WhoIsWhoPage = later(() => import('./identity/WhoIsWhoPage'));

/** The page: who is signed in decides what there is to see. */
export function App(): ReactElement {
  const me = useMe();
  // Asked for together with who it is, so that nothing moves when the choice of versions comes.
  const versions = useGameVersions();
  const waits = me.isPending || (Boolean(me.data) && versions.isPending);
  return (
    <Shell me={me.data ?? null}>
      {waits && <Loading what="the page" shape="panel--waiting" />}
      {me.isError && <ReadFailed what="The service" why={wordsOf(me.error)} again={() => void me.refetch()} />}
      {me.data === null && <Landing refused={refusedSignIn()} />}
      {me.data && !waits && <SignedIn me={me.data} />}
    </Shell>
  );
}

function SignedIn({ me }: { me: Me }): ReactElement {
  const client = useSyncClient();
  useRunningSync(client);
  useFreshQueries(client);
  return (
    <>
      <SignInAgain me={me} />
      <Suspense fallback={<Loading what="the page" shape="panel--waiting" />}>
        <Switch>
          <Route path="/" component={CharactersPage} />
          <Route path="/groups" component={GroupsPage} />
          <Route path="/who-is-who" component={WhoIsWhoPage} />
          <Route path="/characters/:id">{({ id }) => <CharacterPage key={id} id={id} />}</Route>
          <Route path="/history" component={HistoryPage} />
          <Route path="/history/:id">{({ id }) => <SyncSessionPage key={id} id={id} />}</Route>
          <Route path="/changes" component={ActivityPage} />
          <Route path="/schedules" component={SchedulesPage} />
          <Route path="/account">
            <AccountPage me={me} />
          </Route>
          <Route path="/account/webhooks/:id">{({ id }) => <WebhookPage key={id} id={id} />}</Route>
          <Route>
            <Empty as="h1" title="There is no such page">
              <p>
                <Link href="/">To your characters</Link>
              </p>
            </Empty>
          </Route>
        </Switch>
      </Suspense>
    </>
  );
}

function Shell({ me, children }: { me: Me | null; children: ReactNode }): ReactElement {
  useArrival();
  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <header className="top">
        <Link href="/" className="top__brand">
          <Emblem /> <span>Character Sync</span>
        </Link>
        {me ? (
          <nav className="top__nav" aria-label="Main">
            <NavLink href="/" more="/characters" also="/groups /who-is-who">
              Characters
            </NavLink>
            <NavLink href="/history" more="/history" also="/schedules /changes">
              History
            </NavLink>
            <NavLink href="/account" more="/account">
              Account
            </NavLink>
          </nav>
        ) : (
          <span className="top__nav" />
        )}
        {me && (
          <p className="top__who">
            <bdi>{me.battletag ?? 'Signed in'}</bdi>
          </p>
        )}
        {!me && (
          <a className="button" href={signInUrl()}>
            Sign in
          </a>
        )}
      </header>
      <main id="main" className="main" tabIndex={-1}>
        {children}
      </main>
      <footer className="foot">
        <p>
          Not affiliated with or endorsed by Blizzard Entertainment. World of Warcraft and Battle.net are trademarks of Blizzard
          Entertainment, Inc.
        </p>
      </footer>
    </>
  );
}

interface NavLinkProps {
  href: string;
  more: string;
  /** Other pages that belong there. */
  also?: string;
  children: ReactNode;
}

function NavLink({ href, more, also = '', children }: NavLinkProps): ReactElement {
  const [at] = useLocation();
  const isHere = at === href || at.startsWith(`${more}/`) || (at !== '/' && also.split(' ').includes(at));
  return (
    <Link href={href} className="top__link" aria-current={isHere ? 'page' : undefined}>
      {children}
    </Link>
  );
}

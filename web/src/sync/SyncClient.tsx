/** The page's one client for account syncs, and what it knows beyond the hook's eight names. */
import { CharacterSyncProvider } from '@character-sync/react';
import { IDLE, type CharacterSyncClient, type CharacterSyncState } from '@character-sync/react/client';
import { createContext, useContext, useSyncExternalStore, type ReactElement, type ReactNode } from 'react';

const SyncClientContext = createContext<CharacterSyncClient | null>(null);

export function SyncClientProvider({ client, children }: { client: CharacterSyncClient; children: ReactNode }): ReactElement {
  return (
    <SyncClientContext.Provider value={client}>
      <CharacterSyncProvider client={client}>{children}</CharacterSyncProvider>
    </SyncClientContext.Provider>
  );
}

export function useSyncClient(): CharacterSyncClient {
  const client = useContext(SyncClientContext);
  if (client === null) throw new Error('There is no SyncClientProvider above.');
  return client;
}

const nothing = (): (() => void) => () => {};
const idle = (): CharacterSyncState => IDLE;

/** Return all a client knows; idle without one. */
export function useSyncState(client: CharacterSyncClient | null): CharacterSyncState {
  return useSyncExternalStore(client?.subscribe ?? nothing, client?.getSnapshot ?? idle);
}

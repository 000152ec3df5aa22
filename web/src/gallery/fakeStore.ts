/** A store that is always in one state: what the page shows of it, and nothing behind it. */
import { IDLE, type CharacterSyncClient, type CharacterSyncState } from '@character-sync/react/client';

const nothing = async (): Promise<never> => {
  throw new Error('Nothing is behind the gallery.');
};

export function fakeStore(state: Partial<CharacterSyncState>): CharacterSyncClient {
  const fixed: CharacterSyncState = { ...IDLE, isConnected: true, ...state };
  return {
    subscribe: () => () => {},
    getSnapshot: () => fixed,
    getServerSnapshot: () => fixed,
    onEvent: () => () => {},
    startSync: nothing,
    joinSession: () => {},
    cancel: nothing,
    retry: nothing,
    reset: () => {},
    dispose: () => {},
  };
}

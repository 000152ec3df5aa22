import type { CharacterSyncClient } from '@character-sync/react/client';
import { useEffect } from 'react';

import { runningSync } from '../api/queries';

/** Follow the sync that already runs, when the page is opened in the middle of one. */
export function useRunningSync(client: CharacterSyncClient): void {
  useEffect(() => {
    let left = false;
    // Failing to look is no trouble: whatever else the page reads says so.
    runningSync().then(
      (sessionId) => {
        const { sessionId: followed, isStarting } = client.getSnapshot();
        if (!left && sessionId !== null && followed === null && !isStarting) client.joinSession(sessionId);
      },
      () => {},
    );
    return () => {
      left = true;
    };
  }, [client]);
}

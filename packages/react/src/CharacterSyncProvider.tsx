'use client';
import { createContext, type Context, type ReactElement, type ReactNode } from 'react';

import type { CharacterSyncClient } from './characterSyncClient.js';

export const CharacterSyncContext: Context<CharacterSyncClient | null> = createContext<CharacterSyncClient | null>(null);

/** Gives every `useCharacterSync()` below the same client, so that they show the same sync over one socket. */
export function CharacterSyncProvider({
  client,
  children,
}: {
  client: CharacterSyncClient;
  children?: ReactNode;
}): ReactElement {
  return <CharacterSyncContext.Provider value={client}>{children}</CharacterSyncContext.Provider>;
}

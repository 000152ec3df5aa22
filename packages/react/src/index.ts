'use client';
/** The hook, the component, and all of the client. */
export * from './client.js';
export { CharacterSyncProgress, type CharacterSyncProgressProps } from './CharacterSyncProgress.js';
export { CharacterSyncProvider } from './CharacterSyncProvider.js';
export { useCharacterSync, type UseCharacterSync } from './useCharacterSync.js';
export { StatusIcon } from './statusIcons.js';

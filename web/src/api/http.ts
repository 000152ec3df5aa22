/** Asking the service this page came from. */
import { serviceRequest, type ServiceRequest } from '@character-sync/react/client';

export const API = '/api/v1';

/** Ask the service; `undefined` for an answer without content. Rejects with CharacterSyncError, in words for the player. */
export const ask: ServiceRequest = serviceRequest();

/** Return what to say of an error, whatever was thrown. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

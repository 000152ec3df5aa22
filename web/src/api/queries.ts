/** What the page reads and changes, and which reads a change makes stale. */
import { CharacterSyncError } from '@character-sync/react/client';
import {
  keepPreviousData,
  QueryClient,
  useMutation,
  useQuery,
  useQueryClient,
  type UseMutationResult,
  type UseQueryResult,
} from '@tanstack/react-query';

import { API, ask } from './http';
import { everyPage, usePages, type Pages } from './pages';
import type {
  AccessToken,
  Character,
  CharacterDetail,
  CreatedAccessToken,
  GameVersion,
  Me,
  SessionList,
  Snapshot,
  Who,
} from './types';

export const keys = {
  me: ['me'],
  gameVersions: ['gameVersions'],
  characters: ['characters'],
  character: (id: string) => ['characters', id],
  syncSessions: ['syncSessions'],
  syncSession: (id: string) => ['syncSessions', id],
  accessTokens: ['accessTokens'],
  identity: ['identity'],
  schedules: ['schedules'],
  groups: ['groups'],
  webhooks: ['webhooks'],
  changes: ['changes'],
} as const;

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        // What the service refused it refuses again; what did not reach it is worth two more tries.
        retry: (failures, error) => failures < 2 && !(error instanceof CharacterSyncError && isRefusal(error.status)),
      },
    },
  });
}

function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 429;
}

/** Who is signed in; null when nobody is. */
export function useMe(): UseQueryResult<Me | null> {
  return useQuery({
    queryKey: keys.me,
    queryFn: async () => (await ask<Who>('GET', '/auth/who')).me,
    staleTime: 60_000,
  });
}

export function useGameVersions(): UseQueryResult<GameVersion[]> {
  return useQuery({
    queryKey: keys.gameVersions,
    queryFn: () => ask<GameVersion[]>('GET', `${API}/game-versions`),
    staleTime: Infinity,
  });
}

/** Every character of the player, archived ones too, by level. */
export function useCharacters(): UseQueryResult<Character[]> {
  return useQuery({
    queryKey: keys.characters,
    queryFn: () => everyPage<Character>(`${API}/characters?includeArchived=true`),
    placeholderData: keepPreviousData,
  });
}

export function useCharacter(id: string): UseQueryResult<CharacterDetail> {
  return useQuery({
    queryKey: keys.character(id),
    queryFn: () => ask<CharacterDetail>('GET', `${API}/characters/${encodeURIComponent(id)}`),
  });
}

/** The player's syncs, newest first. */
export function useSyncSessions(): Pages<SessionList> {
  return usePages<SessionList>(keys.syncSessions, `${API}/sync-sessions`);
}

export function useSyncSession(id: string): UseQueryResult<Snapshot> {
  return useQuery({
    queryKey: keys.syncSession(id),
    queryFn: () => ask<Snapshot>('GET', `${API}/sync-sessions/${encodeURIComponent(id)}`),
  });
}

/** The account sync that runs now, if any: what a page that was just opened should follow. */
export async function runningSync(): Promise<string | null> {
  const { items } = await ask<SessionList>('GET', `${API}/sync-sessions?limit=20`);
  const running = items.find(({ status, kind }) => kind !== 'character' && (status === 'pending' || status === 'processing'));
  return running?.sessionId ?? null;
}

export function useAccessTokens(): UseQueryResult<AccessToken[]> {
  return useQuery({ queryKey: keys.accessTokens, queryFn: () => ask<AccessToken[]>('GET', `${API}/me/tokens`) });
}

export interface NewAccessToken {
  name: string;
  expiresInDays: number | null;
}

export function useCreateAccessToken(): UseMutationResult<CreatedAccessToken, Error, NewAccessToken> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body) => ask<CreatedAccessToken>('POST', `${API}/me/tokens`, body),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.accessTokens }),
  });
}

export function useDeleteAccessToken(): UseMutationResult<void, Error, string> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id) => ask<void>('DELETE', `${API}/me/tokens/${encodeURIComponent(id)}`),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.accessTokens }),
  });
}

export function useSignOut(): UseMutationResult<void, Error, void> {
  return useMutation({
    mutationFn: () => ask<void>('POST', '/auth/logout'),
    // Everything of the player's leaves this browser's memory with the page.
    onSuccess: () => window.location.assign('/'),
  });
}

/** Erase everything held about the player, for good; it ends on the page of one who is not signed in. */
export function useEraseMe(): UseMutationResult<void, Error, void> {
  return useMutation({
    mutationFn: () => ask<void>('DELETE', `${API}/me`),
    onSuccess: () => window.location.assign('/'),
  });
}

/** Where the browser gets everything held about the player, as a file. */
export const EXPORT_URL = `${API}/me/export`;

export function signInUrl(returnTo: string = window.location.pathname): string {
  return `/auth/battle-net/login?returnTo=${encodeURIComponent(returnTo)}`;
}

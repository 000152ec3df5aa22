import { act, cleanup, render, screen } from '@testing-library/react';
import { StrictMode, version, type ReactElement } from 'react';
import { version as domVersion } from 'react-dom';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';

import {
  CharacterSyncProgress,
  CharacterSyncProvider,
  useCharacterSync,
  type CharacterSyncClient,
  type UseCharacterSync,
} from '../src/index.js';
import { FakeService, progressEvent, SESSION, snapshot } from './fakes.js';

let service: FakeService;
let complaints: ReturnType<typeof vi.spyOn>;

beforeEach(() => {
  vi.useFakeTimers();
  service = new FakeService();
  complaints = vi.spyOn(console, 'error').mockImplementation(() => {});
});

afterEach(() => {
  cleanup();
  vi.advanceTimersByTime(2_000);
  expect(vi.getTimerCount()).toBe(0);
  expect(complaints).not.toHaveBeenCalled();
  vi.useRealTimers();
});

let hook: UseCharacterSync;

function Page({ from }: { from?: Parameters<typeof useCharacterSync>[0] }): ReactElement {
  // oxlint-disable-next-line react/globals -- the test looks at what the last render got
  hook = useCharacterSync(from);
  return (
    <>
      <output>{hook.isSyncing ? 'syncing' : hook.isComplete ? 'complete' : 'idle'}</output>
      {hook.progress && <CharacterSyncProgress progress={hook.progress} />}
    </>
  );
}

const shown = () => screen.getByText(/^(syncing|complete|idle)$/).textContent;

describe('useCharacterSync', () => {
  it('is tested with the React it should be', () => {
    const wanted = process.env['REACT'] ?? '19';
    expect([version, domVersion].map((found) => found.split('.')[0])).toEqual([wanted, wanted]);
  });

  it('returns exactly the eight names', () => {
    render(<Page from={service.options} />);
    const names = ['progress', 'error', 'isConnected', 'isSyncing', 'isComplete', 'startSync', 'joinSession', 'reset'];
    expect(Object.keys(hook).toSorted()).toEqual(names.toSorted());
    expectTypeOf<keyof UseCharacterSync>().toEqualTypeOf<
      'progress' | 'error' | 'isConnected' | 'isSyncing' | 'isComplete' | 'startSync' | 'joinSession' | 'reset'
    >();
    expectTypeOf(hook.error).toEqualTypeOf<string | null>();
    expectTypeOf(hook.startSync).returns.resolves.toEqualTypeOf<{ sessionId: string; syncedCharacters: number }>();
  });

  it('opens one socket under StrictMode, and leaves nothing behind', () => {
    const { unmount } = render(
      <StrictMode>
        <Page from={service.options} />
      </StrictMode>,
    );
    act(() => vi.advanceTimersByTime(3_000));
    expect(service.connects).toBe(1);
    unmount();
    vi.advanceTimersByTime(1_000);
    expect(service.sockets.map(({ listenerCount, active }) => [listenerCount, active])).toEqual([[0, false]]);
  });

  it('follows a sync to its end', async () => {
    render(<Page from={service.options} />);
    expect(shown()).toBe('idle');
    act(() => service.socket.accept());
    expect(hook.isConnected).toBe(true);
    act(() => hook.joinSession(SESSION));
    expect(shown()).toBe('syncing');
    act(() => service.socket.joins[0]!.ack!(null, { ok: true, snapshot: snapshot() }));
    expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('50');
    const end = progressEvent({ seq: 9, status: 'completed', processedCharacters: 6, progressPercentage: 100 });
    act(() => service.socket.tell('sync-complete', end));
    expect(shown()).toBe('complete');
    act(() => hook.reset());
    expect(shown()).toBe('idle');
    expect(hook.progress).toBeNull();
  });

  it('keeps its functions, and its answer until something changes', () => {
    const { rerender } = render(<Page from={service.options} />);
    const before = hook;
    rerender(<Page from={{ ...service.options }} />);
    expect(hook).toBe(before);
    act(() => service.socket.accept());
    expect(hook).not.toBe(before);
    expect([hook.startSync, hook.joinSession, hook.reset]).toEqual([
      before.startSync,
      before.joinSession,
      before.reset,
    ]);
  });

  it('takes the provider’s client, and an argument before it', () => {
    const provided = service.client();
    const other: CharacterSyncClient = new FakeService().client();
    const seen: (string | null)[] = [];
    function Two(): ReactElement {
      const one = useCharacterSync();
      const two = useCharacterSync();
      const three = useCharacterSync(other);
      seen.push([one, two, three].map(({ startSync }) => (startSync === provided.startSync ? 'p' : 'o')).join(''));
      return <></>;
    }
    render(
      <CharacterSyncProvider client={provided}>
        <Two />
      </CharacterSyncProvider>,
    );
    expect(seen).toEqual(['ppo']);
    expect(service.connects).toBe(1);
  });

  it('renders on a server and takes over there without a complaint', async () => {
    const client = service.client();
    const html = renderToString(<Page from={client} />);
    expect(service.sockets).toHaveLength(0);
    const container = document.createElement('div');
    document.body.append(container);
    container.innerHTML = html;
    const problems: unknown[] = [];
    const root = await act(async () =>
      hydrateRoot(
        container,
        <StrictMode>
          <Page from={client} />
        </StrictMode>,
        { onRecoverableError: (error) => problems.push(error) },
      ),
    );
    expect(problems).toEqual([]);
    expect(service.connects).toBe(1);
    act(() => root.unmount());
    container.remove();
  });
});

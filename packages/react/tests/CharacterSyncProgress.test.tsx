import { readFileSync } from 'node:fs';

import { cleanup, render, screen } from '@testing-library/react';
import axe from 'axe-core';
import { renderToString } from 'react-dom/server';
import { afterEach, describe, expect, it } from 'vitest';

import { CharacterSyncProgress, progressBarProps, type SyncProgress } from '../src/index.js';
import { SESSION } from './fakes.js';

afterEach(cleanup);

const pallywar = { id: 'a', name: 'Pallywar', realm: 'old-blanchy', realmName: 'Old Blanchy', status: 'processing' };

function progress(over: Partial<SyncProgress> = {}): SyncProgress {
  return {
    sessionId: SESSION,
    status: 'processing',
    gameVersion: 'retail',
    totalCharacters: 6,
    processedCharacters: 3,
    failedCharacters: 0,
    skippedCharacters: 0,
    progressPercentage: 50,
    seq: 5,
    characters: [],
    recentCharacters: [],
    ...over,
  };
}

const nothingKnown = { status: 'pending', seq: -1, totalCharacters: 0, processedCharacters: 0, progressPercentage: 0 };
const STATES: Record<string, SyncProgress | null> = {
  idle: null,
  starting: progress(nothingKnown),
  running: progress({
    currentCharacter: pallywar,
    etaSeconds: 42,
    failedCharacters: 1,
    skippedCharacters: 1,
    recentCharacters: [
      pallywar,
      { id: 'b', name: 'Ñandú', realm: 'ysera', realmName: 'Ysera', status: 'completed' },
      { id: 'c', name: 'Gone', realm: 'ysera', realmName: 'Ysera', status: 'skipped', reason: 'below_level_10' },
      { id: 'd', name: 'Broken', realm: 'ysera', realmName: 'Ysera', status: 'failed' },
    ],
  }),
  paused: progress({ paused: { endpoint: 'equipment', until: '2026-11-26T14:05:00.000Z' } }),
  completed: progress({ status: 'completed', processedCharacters: 6, progressPercentage: 100 }),
  empty: progress({ status: 'completed', totalCharacters: 0, processedCharacters: 0, progressPercentage: 100 }),
  cancelled: progress({ status: 'cancelled' }),
  failed: progress({ status: 'failed', error: 'Battle.net is down.' }),
};

describe('<CharacterSyncProgress>', () => {
  it('is a progress bar that says where it is', () => {
    render(<CharacterSyncProgress progress={STATES['running']!} />);
    const bar = screen.getByRole('progressbar', { name: 'Syncing characters' });
    expect(bar.getAttribute('aria-valuenow')).toBe('50');
    expect(bar.getAttribute('aria-valuemin')).toBe('0');
    expect(bar.getAttribute('aria-valuemax')).toBe('100');
    expect(bar.getAttribute('aria-valuetext')).toBe('3 of 6 characters, processing Pallywar, Old Blanchy');
    expect(screen.getByText('about 45 s left')).toBeTruthy();
    expect(screen.getByText('1 failed')).toBeTruthy();
    expect(screen.getByText('1 skipped')).toBeTruthy();
  });

  it('says why it stands still instead of how long it will take', () => {
    const paused = { endpoint: 'equipment', until: '2026-11-26T14:05:00.000Z' };
    const { rerender } = render(<CharacterSyncProgress progress={{ ...STATES['running']!, paused }} />);
    expect(screen.getByText(/^Battle\.net is in trouble with gear\. It is tried again at .+; the sync then goes on by itself\.$/)).toBeTruthy();
    expect(screen.queryByText('about 45 s left')).toBeNull();
    rerender(<CharacterSyncProgress progress={{ ...STATES['running']!, paused: { endpoint: 'unheard-of' } }} />);
    expect(screen.getByText('Battle.net is in trouble. The sync goes on when that is over.')).toBeTruthy();
  });

  it('names a realm by its slug where Battle.net gave no name', () => {
    const nameless = { id: 'a', name: 'Pallywar', realm: 'old-blanchy', status: 'processing' };
    const { container } = render(<CharacterSyncProgress progress={progress({ recentCharacters: [nameless] })} />);
    expect(container.querySelector('.csync-realm')?.textContent).toBe('old-blanchy');
  });

  it('shows the latest names with a word and a shape for each status', () => {
    const { container } = render(<CharacterSyncProgress progress={STATES['running']!} />);
    expect(screen.getAllByRole('listitem').map(({ textContent }) => textContent)).toEqual([
      'ÑandúYseraCompleted',
      'GoneYseraSkipped: below level 10',
      'BrokenYseraFailed',
    ]);
    const shapes = [...container.querySelectorAll('svg')].map(({ innerHTML }) => innerHTML);
    expect(new Set(shapes).size).toBe(4);
  });

  it('has no value while the total is unknown', () => {
    render(<CharacterSyncProgress progress={STATES['starting']!} />);
    const bar = screen.getByRole('progressbar', { name: 'Starting sync' });
    expect(bar.hasAttribute('aria-valuenow')).toBe(false);
    expect(bar.getAttribute('aria-valuetext')).toBe('Reading the character list');
  });

  it('shares what it says of itself with a bar of other markup', () => {
    const { rerender } = render(<i {...progressBarProps(STATES['running']!)} aria-label="Mine" />);
    const bar = screen.getByRole('progressbar', { name: 'Mine' });
    expect(bar.getAttribute('aria-valuenow')).toBe('50');
    expect(bar.getAttribute('aria-valuetext')).toBe('3 of 6 characters, processing Pallywar, Old Blanchy');
    rerender(<i {...progressBarProps(STATES['starting']!)} aria-label="Mine" />);
    expect(bar.hasAttribute('aria-valuenow')).toBe(false);
  });

  it('announces the start, each quarter, failures and the end, and nothing between', () => {
    const { rerender } = render(<CharacterSyncProgress progress={null} />);
    const region = screen.getByRole('status');
    const said: string[] = [region.textContent];
    const total = 20;
    for (let done = 0; done <= total; done += 1) {
      const counters = {
        totalCharacters: total,
        processedCharacters: done,
        failedCharacters: done > 11 ? 1 : 0,
        progressPercentage: (100 * done) / total,
        seq: done,
        currentCharacter: { ...pallywar, id: `c${done}` },
      };
      rerender(<CharacterSyncProgress progress={progress(counters)} />);
      if (said.at(-1) !== region.textContent) said.push(region.textContent);
    }
    const end = { status: 'completed', totalCharacters: 20, processedCharacters: 20, failedCharacters: 1 };
    rerender(<CharacterSyncProgress progress={progress(end)} />);
    said.push(region.textContent);
    expect(screen.getByRole('status')).toBe(region);
    expect(said).toEqual([
      '',
      'Syncing 20 characters.',
      '25 percent done.',
      '50 percent done.',
      '50 percent done. 1 character failed.',
      '75 percent done. 1 character failed.',
      'Sync complete. 19 characters updated. 1 character failed.',
    ]);
  });

  it('says aloud that the sync failed', () => {
    render(<CharacterSyncProgress progress={STATES['failed']!} />);
    expect(screen.getByRole('alert').textContent).toBe('Battle.net is down.');
    expect(screen.getByRole('status').textContent).toBe('');
  });

  it('shows no number that is none', () => {
    const none = { totalCharacters: NaN, processedCharacters: undefined, progressPercentage: Infinity, etaSeconds: NaN };
    const { container } = render(<CharacterSyncProgress progress={progress(none as unknown as SyncProgress)} />);
    expect(container.innerHTML).not.toMatch(/NaN|undefined|Infinity|null/);
    render(<CharacterSyncProgress progress={progress({ processedCharacters: 9, progressPercentage: 150 })} />);
    expect(screen.getAllByRole('progressbar').at(-1)!.getAttribute('aria-valuenow')).toBe('100');
  });

  it('shows a name the way the page wants it', () => {
    render(<CharacterSyncProgress progress={STATES['running']!} renderName={({ name }) => <b>{name.toUpperCase()}</b>} />);
    expect(screen.getByText('PALLYWAR').tagName).toBe('B');
  });

  it.each(Object.keys(STATES))('has nothing for axe to find, nor for the server: %s', async (name) => {
    expect(renderToString(<CharacterSyncProgress progress={STATES[name]!} />)).toContain('csync');
    const { container } = render(<CharacterSyncProgress progress={STATES[name]!} />);
    // Contrast needs a browser; a part of a page has no landmarks.
    const { violations } = await axe.run(container, {
      rules: { 'color-contrast': { enabled: false }, region: { enabled: false } },
    });
    expect(violations.map(({ id, help }) => `${id}: ${help}`)).toEqual([]);
  });
});

describe('the stylesheet', () => {
  const css = readFileSync('src/styles.css', 'utf8');

  it('stops all motion for who asks for it', () => {
    const reduced = css.slice(css.indexOf('prefers-reduced-motion: reduce'));
    expect(reduced).toMatch(/\.csync,\s*\.csync \*,[^{]*\{\s*animation: none !important;\s*transition: none !important;/);
  });

  it('styles every class the component uses, and no other', () => {
    const used = new Set<string>();
    for (const state of Object.values(STATES)) {
      const html = renderToString(<CharacterSyncProgress progress={state} />);
      for (const [, names] of html.matchAll(/class="([^"]*)"/g)) for (const name of names!.split(' ')) used.add(name);
    }
    const styled = new Set([...css.matchAll(/\.(csync[\w-]*)/g)].map(([, name]) => name!));
    const spares = new Set(['csync-title']);
    expect([...used].filter((name) => !styled.has(name) && !spares.has(name))).toEqual([]);
    expect([...styled].filter((name) => !used.has(name) && name !== 'csync-icon__dot')).toEqual([]);
  });
});

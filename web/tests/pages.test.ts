import { afterEach, expect, it, vi } from 'vitest';

import { everyPage } from '../src/api/pages';

afterEach(() => vi.unstubAllGlobals());

/** A service whose list has these pages, and the paths it was asked for. */
function serving(...pages: number[][]): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', (path: string) => {
    asked.push(path);
    const nextCursor = asked.length < pages.length ? `after ${asked.length}` : null;
    return Promise.resolve(Response.json({ items: pages[asked.length - 1], nextCursor }));
  });
  return asked;
}

it('reads a list to its end, each page from where the last one ended', async () => {
  const asked = serving([1, 2], [3], []);
  expect(await everyPage<number>('/api/v1/things?kind=a')).toEqual([1, 2, 3]);
  expect(asked).toEqual([
    '/api/v1/things?kind=a&limit=200',
    '/api/v1/things?kind=a&limit=200&cursor=after%201',
    '/api/v1/things?kind=a&limit=200&cursor=after%202',
  ]);
});

it('asks once for what fits on a page', async () => {
  const asked = serving([1]);
  expect(await everyPage<number>('/api/v1/things')).toEqual([1]);
  expect(asked).toEqual(['/api/v1/things?limit=200']);
});

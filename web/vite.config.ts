import { fileURLToPath } from 'node:url';

import react from '@vitejs/plugin-react';
import { defineConfig, type UserConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Where `npm run dev` finds the service: `make run` beside it. */
const SERVICE = process.env.SERVICE ?? 'http://127.0.0.1:8000';
/** The service takes cookies only with its own Origin. */
const toService = { target: SERVICE, headers: { origin: SERVICE }, ws: true };

const config: UserConfig = defineConfig({
  plugins: [react()],
  // The package is linked from beside us and has a React of its own for its tests.
  resolve: { dedupe: ['react', 'react-dom'] },
  build: {
    outDir: here('../src/character_sync/entrypoints/page_files'),
    emptyOutDir: true,
    // Everything is a file of its own: the page's Content-Security-Policy allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The first browsers with light-dark(): made for older ones, it no longer follows the component's own color-scheme.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    rolldownOptions: { input: { index: here('index.html'), gallery: here('gallery.html') } },
  },
  server: { host: '127.0.0.1', proxy: { '/api': toService, '/auth': toService, '/socket.io': toService } },
});

export default config;

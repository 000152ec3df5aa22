import { fileURLToPath } from 'node:url';

import { defineConfig, type ViteUserConfig } from 'vitest/config';

const react18 = (name: string): string =>
  fileURLToPath(new URL(`tests/react-18/node_modules/${name}`, import.meta.url));

const config: ViteUserConfig = defineConfig({
  test: {
    environment: 'jsdom',
    testTimeout: 60_000, // a busy machine is slow, not wrong
    hookTimeout: 60_000,
    restoreMocks: true,
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'react-19', include: ['tests/*.test.{ts,tsx}'] } },
      {
        extends: true,
        resolve: {
          alias: [
            { find: /^react(?=\/|$)/, replacement: react18('react') },
            { find: /^react-dom(?=\/|$)/, replacement: react18('react-dom') },
            // The build whose imports can be replaced.
            {
              find: '@testing-library/react',
              replacement: '@testing-library/react/dist/@testing-library/react.esm.js',
            },
          ],
        },
        test: {
          name: 'react-18',
          include: ['tests/*.test.tsx'],
          env: { REACT: '18' },
          server: { deps: { inline: ['@testing-library/react'] } },
        },
      },
    ],
  },
});

export default config;

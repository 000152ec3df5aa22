// Builds the page into nothing, and prints every file of somebody else's package that goes into it. Run in web/.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const { build } = await import(pathToFileURL(createRequire(`${process.cwd()}/`).resolve('vite')).href);
const files = new Set();
const noted = {
  name: 'noted',
  generateBundle(_, bundle) {
    for (const part of Object.values(bundle)) for (const file of Object.keys(part.modules ?? {})) files.add(file);
  },
};
await build({ logLevel: 'error', build: { write: false }, plugins: [noted] });
for (const file of files) if (file.includes('node_modules')) console.log(file);

// Builds `examples/page_on_another_origin` as it is, with what web/ has installed in place of an `npm install`.
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const installed = (name) => ({ find: name, replacement: here(`../../web/node_modules/${name}`) });

export default {
  root: here('../../examples/page_on_another_origin'),
  logLevel: 'error',
  resolve: { alias: ['@character-sync/react/styles.css', '@character-sync/react', 'react-dom', 'react'].map((name) =>
    name.endsWith('.css') ? { find: name, replacement: here('../../packages/react/dist/styles.css') } : installed(name)) },
};

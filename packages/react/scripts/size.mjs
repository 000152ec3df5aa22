// Measures what the package adds to a page, minified and gzipped, without React and socket.io-client.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'tsdown';

const LIMIT = 6_000; // bytes

const outDir = mkdtempSync(join(tmpdir(), 'size-'));
try {
  await build({
    config: false,
    entry: { all: fileURLToPath(new URL('../dist/index.js', import.meta.url)) },
    outDir,
    format: 'esm',
    platform: 'browser',
    dts: false,
    minify: true,
    logLevel: 'error',
    deps: { neverBundle: [/^react/, 'socket.io-client'] },
  });
  const code = readdirSync(outDir).map((name) => readFileSync(join(outDir, name)));
  const bytes = gzipSync(Buffer.concat(code), { level: 9 }).length;
  const styles = gzipSync(readFileSync(new URL('../dist/styles.css', import.meta.url)), { level: 9 }).length;
  console.log(`script ${bytes} B gzip (limit ${LIMIT}), stylesheet ${styles} B gzip`);
  if (bytes > LIMIT) process.exit(1);
} finally {
  rmSync(outDir, { recursive: true });
}

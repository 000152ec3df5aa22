// Packs the package and checks what others would install: publint, are-the-types-wrong, "use client", files, no host's paths.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = (command, args) => execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const bin = (name) => join(root, 'node_modules', '.bin', name);
const folder = mkdtempSync(join(tmpdir(), 'pack-'));
const wrong = [];

try {
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]));
  const tarball = join(folder, packed.filename);
  console.log(run(bin('publint'), ['--strict', tarball]).trim());
  console.log(run(bin('attw'), [tarball, '--exclude-entrypoints', './styles.css', '--profile', 'node16', '--no-emoji', '--format', 'ascii']).trim());

  for (const { path } of packed.files) {
    if (!/^(dist\/|README\.md$|LICENSE$|package\.json$)/.test(path)) wrong.push(`${path} does not belong in the package`);
    if (readFileSync(join(root, path), 'utf8').includes(root)) wrong.push(`${path} names this machine's folders`);
  }
  for (const entry of ['index.js', 'index.cjs']) {
    const first = readFileSync(join(root, 'dist', entry), 'utf8').split('\n', 1)[0];
    if (!/^['"]use client['"];$/.test(first)) wrong.push(`dist/${entry} must begin with "use client"`);
  }
  for (const entry of ['client.js', 'client.cjs']) {
    const code = readFileSync(join(root, 'dist', entry), 'utf8');
    if (/['"]use client['"]|['"]react/.test(code)) wrong.push(`dist/${entry} must be free of React`);
  }
} finally {
  rmSync(folder, { recursive: true });
}

if (wrong.length > 0) {
  console.error(wrong.join('\n'));
  process.exit(1);
}

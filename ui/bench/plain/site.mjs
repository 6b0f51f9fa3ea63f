// The page of plain Svelte Flow: built into a folder of its own, and served to this machine only.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { build } from 'vite';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** Builds and serves it. Gives its address, and how to stop. */
export async function servePlain() {
  const outDir = mkdtempSync(join(tmpdir(), 'assent-plain-'));
  await build({
    root: fileURLToPath(new URL('.', import.meta.url)), configFile: false, logLevel: 'error', plugins: [svelte({ configFile: false })],
    build: { outDir, emptyOutDir: true, target: ['es2022', 'safari16.4'] },
  });
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const file = join(outDir, normalize(pathname === '/' ? '/index.html' : pathname));
    try {
      const body = readFileSync(file);
      response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: (nodes) => `http://127.0.0.1:${server.address().port}/?nodes=${nodes}`,
    stop() {
      server.close();
      server.closeAllConnections();
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}

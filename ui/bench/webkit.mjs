// A window of WebKitGTK, driven through WebKitWebDriver on a screen of its own.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PATIENCE_MS = 60_000;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/**
 * Opens a program's window.
 * @param {{ program: string, args: string[], env?: Record<string, string>, software: boolean }} how `software` leaves compositing by layers out, as on machines without a GPU
 */
export async function openWindow({ program, args, env = {}, software }) {
  const home = mkdtempSync(join(tmpdir(), 'assent-bench-'));
  const port = await freePort();
  const driver = spawn('xvfb-run', ['-a', '-s', '-screen 0 1440x900x24', 'dbus-run-session', '--', 'WebKitWebDriver', `--port=${port}`], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore'],
    env: {
      ...process.env, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home, XDG_CACHE_HOME: home, NO_AT_BRIDGE: '1', TAURI_WEBVIEW_AUTOMATION: 'true',
      ...(software && { WEBKIT_DISABLE_COMPOSITING_MODE: '1' }), ...env,
    },
  });
  const ended = new Promise((resolve) => driver.once('exit', resolve));
  let session = `http://127.0.0.1:${port}/session`;

  async function ask(method, path, body) {
    const response = await fetch(session + path, { method, ...(body && { body: JSON.stringify(body) }) });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`WebDriver ${path}: ${value?.message ?? response.status}`);
    return value;
  }

  async function begin() {
    const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': { binary: program, args } } };
    for (const end = Date.now() + PATIENCE_MS; ;) {
      try {
        return await ask('POST', '', { capabilities });
      } catch (error) {
        // As long as the driver itself is on its way nothing listens.
        if (!(error instanceof TypeError) || Date.now() > end) throw error;
        await sleep(50);
      }
    }
  }

  const close = async () => {
    // The group is ours: the screen, the bus, the driver and the window.
    process.kill(-driver.pid, 'SIGTERM');
    await ended;
    rmSync(home, { recursive: true, force: true });
  };

  try {
    const { sessionId } = await begin();
    session += `/${sessionId}`;
    await ask('POST', '/timeouts', { script: PATIENCE_MS, pageLoad: PATIENCE_MS });
  } catch (error) {
    await close();
    throw error;
  }

  return {
    close,
    goto: (url) => ask('POST', '/url', { url }),
    /** What a function gives in the page; its argument goes there as JSON. */
    async run(what, argument) {
      const script = `const done = arguments[arguments.length - 1]; Promise.resolve((${what})(arguments[0])).then((ok) => done({ ok }), (error) => done({ error: String(error) }));`;
      const { ok, error } = await ask('POST', '/execute/async', { script, args: [argument ?? null] });
      if (error !== undefined) throw new Error(error);
      return ok;
    },
    screenshot: () => ask('GET', '/screenshot'),
    rect: (rect) => ask('POST', '/window/rect', rect),
  };
}

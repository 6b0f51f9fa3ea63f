// The studio in Chromium, over `assent serve`.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

/**
 * Starts the program on a fresh workspace, and a browser.
 * @param {string} program
 */
export async function openBrowser(program) {
  const workspace = mkdtempSync(join(tmpdir(), 'assent-bench-'));
  const server = spawn(program, ['serve', '--json', '--port', '0', '--approvals-port', '0', '--workspace', workspace], { stdio: ['ignore', 'pipe', 'inherit'] });
  const link = await new Promise((resolve, reject) => {
    let said = '';
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`${program} serve ended with ${code}`)));
    server.stdout.on('data', (data) => {
      said += data;
      if (said.includes('\n')) resolve(new URL(JSON.parse(said).studio));
    });
  });
  const token = new URLSearchParams(link.hash.slice(1)).get('token');
  const executablePath = process.env.CHROMIUM ?? execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim();
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(120_000);

  return {
    /** Asks the program for something. */
    async call(name, request) {
      const response = await fetch(new URL(`/api/${name}`, link.origin), {
        method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', origin: link.origin }, body: JSON.stringify(request),
      });
      if (!response.ok) throw new Error(`${name}: ${await response.text()}`);
      return response.json();
    },
    studio: () => page.goto(link.href),
    goto: (url) => page.goto(url),
    run: (what, argument) => page.evaluate(what, argument),
    async close() {
      await browser.close();
      server.removeAllListeners('exit');
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await ended;
      rmSync(workspace, { recursive: true, force: true });
    },
  };
}

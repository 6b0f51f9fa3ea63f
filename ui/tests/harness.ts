// What every end-to-end test needs: `assent serve` on a workspace of its own, a browser, screenshots and axe.
//
//   ASSENT_BIN    the program; else the debug build of this tree. It serves what `npm run build` made.
//   ASSENT_SHOTS  the folder for screenshots; without it none are kept
//   CHROMIUM      the browser; else `chromium` of the system

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContextOptions, type Page, chromium } from 'playwright-core';
import { expect } from 'vitest';
import type { CommandName, RequestOf, ResponseOf } from '../src/api/contract';

const BUILT = fileURLToPath(new URL('../../target/debug/assent', import.meta.url));
const START_MS = 30_000;

/** A running `assent serve`. */
export interface Assent {
  readonly workspace: string;
  /** The link of the studio, with its token. */
  readonly studio: string;
  /** The link of the page that decides. */
  readonly approvals: string;
  /** Asks it for something, as another client would. Throws what it answers when that is an error. */
  call<N extends CommandName>(name: N, request: RequestOf<N>): Promise<ResponseOf<N>>;
  /** Ends it as a crash would; its workspace stays. */
  kill(): Promise<void>;
  /** Ends it and removes the workspace. */
  stop(): Promise<void>;
}

/** Starts `assent serve`, on a fresh workspace unless one is named, on ports of its own. */
export async function serve(workspace = mkdtempSync(join(tmpdir(), 'assent-e2e-'))): Promise<Assent> {
  const program = process.env.ASSENT_BIN ?? BUILT;
  const child = spawn(program, ['serve', '--json', '--port', '0', '--approvals-port', '0', '--workspace', workspace], { stdio: ['ignore', 'pipe', 'pipe'] });
  const links = await linksOf(child, program);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const studio = new URL(links.studio);
  const token = new URLSearchParams(studio.hash.slice(1)).get('token') ?? '';
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
  };
  return {
    workspace,
    ...links,
    async call(name, request) {
      const response = await fetch(new URL(`/api/${name}`, studio.origin), {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', origin: studio.origin },
        body: JSON.stringify(request),
      });
      const answer: unknown = await response.json();
      if (!response.ok) throw answer;
      return answer as never;
    },
    kill: () => end('SIGKILL'),
    async stop() {
      await end('SIGTERM');
      rmSync(workspace, { recursive: true, force: true });
    },
  };
}

function linksOf(child: ChildProcess, program: string): Promise<{ studio: string; approvals: string }> {
  return new Promise((resolve, reject) => {
    let [said, complaints] = ['', ''];
    const fail = (why: string): void => {
      child.kill();
      reject(new Error(`${program} serve ${why}\n${complaints || said}`));
    };
    const timer = setTimeout(() => fail('said no link'), START_MS);
    child.once('error', (error) => fail(`can't be started: ${error.message}`));
    child.once('exit', (code) => fail(`ended with ${code}`));
    child.stderr?.on('data', (data: Buffer) => (complaints += data));
    child.stdout?.on('data', (data: Buffer) => {
      said += data;
      const line = said.split('\n').find((text) => text.startsWith('{') && text.endsWith('}')) ?? said;
      try {
        const links = JSON.parse(line) as { studio: string; approvals: string };
        clearTimeout(timer);
        child.removeAllListeners('exit');
        resolve({ studio: links.studio, approvals: links.approvals });
      } catch {
        // The rest is on its way.
      }
    });
  });
}

function systemChromium(): string {
  return process.env.CHROMIUM ?? execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim();
}

export const launch = (): Promise<Browser> => chromium.launch({ executablePath: systemChromium(), args: ['--no-sandbox'] });

export const SMALL = { width: 1280, height: 800 };
export const LARGE = { width: 1920, height: 1080 };

export interface Visit extends BrowserContextOptions {
  theme?: 'dark' | 'light';
  /** A path of the studio, such as `/runs`. */
  path?: string;
}

/** A page of a window of its own. What goes wrong in it fails the test at `close`. */
export interface Opened {
  readonly page: Page;
  readonly errors: string[];
  close(): Promise<void>;
}

export async function open(browser: Browser, link: string, { theme = 'dark', path, ...options }: Visit = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: SMALL, reducedMotion: 'reduce', acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    // An answer that is an error is told by the page itself.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) errors.push(message.text());
  });
  const target = new URL(link);
  if (path !== undefined) target.pathname = path;
  target.hash += `&theme=${theme}`;
  await page.goto(target.href);
  return {
    page,
    errors,
    async close() {
      await context.close();
      expect(errors).toEqual([]);
    },
  };
}

/** Keeps a picture of the page, where pictures are wanted. */
export async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env.ASSENT_SHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** Finds nothing serious wrong for people who use the page by keyboard or screen reader. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(' | ')}`)).toEqual([]);
}

/** Waits until something holds, such as what another client sees. */
export async function until<T>(ask: () => Promise<T | undefined | false>, what: string, withinMs = 30_000): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const found = await ask();
    if (found) return found;
    if (Date.now() > end) throw new Error(`Not within ${withinMs / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

// What hands do on the canvas: where things are in the page, and dragging from one place to another.

import type { Browser, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { type Assent, open } from './harness';

export type Spot = { x: number; y: number };
export type Box = Spot & { width: number; height: number };

export async function boxOf(of: Locator): Promise<Box> {
  await of.waitFor();
  const found = await of.boundingBox();
  if (!found) throw new Error('It has no place.');
  return found;
}

export class Hands {
  constructor(readonly page: Page) {}

  get canvas(): Locator {
    return this.page.getByRole('application', { name: /^Canvas of/ });
  }
  get undo(): Locator {
    return this.page.getByRole('button', { name: /^(Undo|Nothing to undo)/ });
  }
  card(id: string): Locator {
    return this.page.locator(`#card-${id}`);
  }
  cards(): Promise<string[]> {
    return this.page.locator('[id^=card-]').evaluateAll((all) => all.map((one) => one.id.slice('card-'.length)).sort());
  }
  async sees(...ids: string[]): Promise<void> {
    await expect.poll(() => this.cards(), { timeout: 5000 }).toEqual(ids);
  }
  /** What was done last, as undo names it. */
  async did(what: string): Promise<void> {
    await expect.poll(() => this.undo.getAttribute('aria-label'), { timeout: 5000 }).toContain(what);
  }

  /** The head of a card, where nothing else is. */
  async head(id: string): Promise<Spot> {
    const { x, y } = await boxOf(this.card(id));
    return { x: x + 40, y: y + 12 };
  }
  async socket(id: string, side: 'in' | 'out', at = 0): Promise<Spot> {
    const { x, y, width, height } = await boxOf(this.card(id).locator(`.socket.${side}`).nth(at));
    return { x: x + width / 2, y: y + height / 2 };
  }

  /** Presses at one place and moves to another; the button stays down. */
  async draw(from: Spot, to: Spot): Promise<void> {
    await this.page.mouse.move(from.x, from.y);
    await this.page.mouse.down();
    await this.page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 });
    await this.page.mouse.move(to.x, to.y, { steps: 4 });
  }
  async drag(from: Spot, to: Spot): Promise<void> {
    await this.draw(from, to);
    await this.page.mouse.up();
  }
  async choose(...ids: string[]): Promise<void> {
    for (const [at, id] of ids.entries()) {
      const { x, y } = await this.head(id);
      if (at > 0) await this.page.keyboard.down('Shift');
      await this.page.mouse.click(x, y);
      if (at > 0) await this.page.keyboard.up('Shift');
    }
  }
  async press(keys: string): Promise<void> {
    await this.canvas.focus();
    await this.page.keyboard.press(keys);
  }
}

/** Lets steps write to a host: another policy, which an approver puts in force by holding the button. */
export async function allowWrites(browser: Browser, assent: Assent, host: string): Promise<void> {
  const { policy } = await assent.call('policy.show', {});
  await assent.call('policy.propose', { policy: { ...policy.policy, hosts: { ...policy.policy.hosts, write: [host] } } });
  const approver = await open(browser, assent.approvals, { viewport: { width: 520, height: 860 } });
  const { page } = approver;
  const { x, y } = await boxOf(page.getByRole('button', { name: 'Hold to put it in force' }));
  // For its first half second the page takes no input.
  await page.waitForTimeout(700);
  await page.mouse.move(x + 40, y + 20);
  await page.mouse.down();
  await page.getByText('Approved:').waitFor();
  await page.mouse.up();
  await approver.close();
}

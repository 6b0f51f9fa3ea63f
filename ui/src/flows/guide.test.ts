import { expect, test } from 'vitest';
import { stageOf } from './guide.svelte';

const run = (state: 'running' | 'waiting' | 'completed' | 'failed', more = {}): Parameters<typeof stageOf>[0] =>
  ({ state, asking: false, unknown: false, spent: [], steps: { done: 0, skipped: 0, failed: 0, total: 9 } as never, ...more });

test('the guide follows the run to its receipt, or says where it ended', () => {
  expect([
    stageOf(undefined, false), stageOf(run('running'), false), stageOf(run('waiting', { asking: true }), false), stageOf(run('running'), true),
    stageOf(run('completed', { spent: [{ asset: 'USD', minor: '2500' }] }), true), stageOf(run('completed'), true), stageOf(run('failed'), false),
    stageOf(run('waiting', { unknown: true, asking: true }), true),
  ]).toEqual(['listens', 'listens', 'decide', 'acts', 'proof', 'refused', 'broken', 'broken']);
});

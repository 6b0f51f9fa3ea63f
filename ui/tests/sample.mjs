// What the stand-in answers in pictures: a workspace like the one in the drafts.

const DAY = 86_400_000;
const NOW = Date.now();
const flow = (id, folder, nodes = 8) => ({
  id, name: id, description: '', folder, tags: [], nodes, stamp: id, modified_at: NOW - DAY, draft: false,
});
const run = (number, name, state, more = {}) => ({
  run: `run-${number}`, flow_id: name, name, flow: '7be390c1'.repeat(8), state, asking: false, unknown: false,
  started_at: NOW - (41 - number) * 900_000, by: 'you', steps: { done: 5, skipped: 0, failed: 0, total: 8 }, spent: [], ...more,
});

export const status = {
  version: '0.1.0', workspace: '/home/alice/assent', runs: 2, prompts: 1, payments: true,
  policy: 'usual', policy_version: 3,
};
export const flows = [
  flow('voice-payment', 'Payments'), flow('payroll', 'Payments'), flow('refund', 'Payments'), flow('campaign', 'Marketing'),
  flow('weekly-report', 'Marketing'), flow('hello', '', 3),
];
export const runs = [
  run(41, 'voice-payment', 'waiting', { asking: true }), run(40, 'campaign', 'running'), run(38, 'voice-payment', 'completed', { ended_at: NOW }),
  run(37, 'payroll', 'waiting', { unknown: true }), run(34, 'campaign', 'failed', { ended_at: NOW, error: 'The host did not answer.' }),
];

/** Answers and feeds for `startFixture`. */
export const sample = () => ({
  answers: {
    'settings.get': { settings: {} },
    'settings.set': {},
    'flow.list': { flows },
    runs: { runs },
    'payments.off': { paused: true },
  },
  feeds: {
    'status.watch': (_, tell) => tell(status),
    'flows.watch': (_, tell) => tell({ flows }),
    'runs.changes': (_, tell) => tell({ runs, removed: [], whole: true }),
    'prompts.watch': (_, tell) => tell({ prompts: [] }),
  },
});

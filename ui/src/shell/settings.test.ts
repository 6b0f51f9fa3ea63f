import { beforeEach, expect, test, vi } from 'vitest';

const call = vi.hoisted(() => vi.fn());
vi.mock('../api/client', () => ({ call }));

const kept = new Map<string, string>();
vi.stubGlobal('localStorage', { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, text: string) => kept.set(key, text) });
const { loadSettings, setSetting, setting } = await import('./settings');

beforeEach(() => {
  vi.useFakeTimers();
  call.mockReset().mockResolvedValue({ settings: {} });
});

test('the copy in this browser serves until the workspace answers', async () => {
  kept.set('assent:look.theme', '"light"');
  expect(setting('look.theme', 'system')).toBe('light');
  call.mockResolvedValue({ settings: { 'look.theme': 'dark' } });
  await loadSettings();
  expect(setting('look.theme', 'system')).toBe('dark');
  expect(kept.get('assent:look.theme')).toBe('"dark"');
});

test('a setting is written once it rests, and what was just changed is not taken back', async () => {
  setSetting('panel.side', 240);
  setSetting('panel.side', 260);
  call.mockResolvedValueOnce({ settings: { 'panel.side': 100 } });
  await loadSettings();
  expect(setting('panel.side', 0)).toBe(260);
  await vi.advanceTimersByTimeAsync(1000);
  expect(call.mock.calls.filter(([name]) => name === 'settings.set')).toEqual([['settings.set', { key: 'panel.side', value: 260 }]]);
});

test('a value of another sort is as none', () => {
  kept.set('assent:a', '{"x":1}');
  kept.set('assent:b', 'not json');
  kept.set('assent:c', '[1]');
  expect([setting('a', 5), setting('b', 'x'), setting('c', { x: 1 })]).toEqual([5, 'x', { x: 1 }]);
});

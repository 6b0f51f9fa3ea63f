import Hand from '@lucide/svelte/icons/hand';
import Keyboard from '@lucide/svelte/icons/keyboard';
import Moon from '@lucide/svelte/icons/moon';
import Power from '@lucide/svelte/icons/power';
import RefreshCw from '@lucide/svelte/icons/refresh-cw';
import Search from '@lucide/svelte/icons/search';
import Sun from '@lucide/svelte/icons/sun';
import SunMoon from '@lucide/svelte/icons/sun-moon';
import { canOpenApprovals, openApprovals } from '../api/approvals';
import { transport } from '../api/client';
import { link, status } from '../api/live';
import { type UiCommand, addCommands } from './commands';
import { go } from './router';
import { sections } from './sections';
import { setSetting, setting } from './settings';
import { open } from './ui.svelte';

const hasInbox = sections.some((section) => section.id === 'approvals');

/** The inbox where there is one, else the surface that decides. */
async function showApprovals(): Promise<void> {
  if (hasInbox) go('/approvals');
  else await openApprovals();
}

/** Tells a theme of the settings to be used. */
const useTheme = (theme: string, title: string, icon: UiCommand['icon']): UiCommand => ({
  id: `look.${theme}`,
  title,
  group: 'Window',
  also: 'colours appearance',
  ...(icon ? { icon } : {}),
  when: () => setting('look.theme', 'system') !== theme,
  run: () => setSetting('look.theme', theme),
});

/** Registers what the shell itself can do. */
export function startShellCommands(): void {
  addCommands([
    { id: 'palette', title: 'Find everything', group: 'Window', keys: 'Ctrl+K', icon: Search, whileTyping: true, hidden: true, run: () => (open.palette = true) },
    { id: 'keys', title: 'Show all keys', group: 'Window', keys: '?', icon: Keyboard, run: () => (open.keys = true) },
    // The inbox has a command and keys of its own; this one is what the status bar does.
    { id: 'approvals', title: 'Show approvals', group: 'Window', icon: Hand, hidden: hasInbox, ...(hasInbox ? {} : { keys: 'Ctrl+Shift+A' }), run: showApprovals },
    {
      id: 'approvals.window',
      title: 'Open the approval window',
      group: 'Window',
      icon: Hand,
      when: canOpenApprovals,
      run: () => openApprovals(),
    },
    {
      id: 'payments.off',
      title: 'Stop all payments',
      group: 'Money',
      also: 'kill switch off pause',
      icon: Power,
      when: () => status.value?.payments === true,
      run: () => (open.payments = true),
    },
    {
      id: 'payments.on',
      title: 'Let payments go on',
      group: 'Money',
      also: 'kill switch resume',
      icon: Power,
      when: () => status.value?.payments === false,
      run: () => (open.payments = true),
    },
    useTheme('dark', 'Use the dark theme', Moon),
    useTheme('light', 'Use the light theme', Sun),
    useTheme('system', 'Use the system’s theme', SunMoon),
    {
      id: 'look.contrast',
      title: 'Turn high contrast on or off',
      group: 'Window',
      icon: SunMoon,
      run: () => setSetting('look.contrast', document.documentElement.dataset.contrast === 'high' ? 'normal' : 'high'),
    },
    {
      id: 'reconnect',
      title: 'Reconnect now',
      group: 'Window',
      icon: RefreshCw,
      when: () => link().state === 'reconnecting',
      run: () => transport().retry(),
    },
  ]);
}

import Hand from '@lucide/svelte/icons/hand';
import { canOpenApprovals, openApprovals } from '../api/approvals';
import { status } from '../api/live';
import { addCommands } from '../shell/commands';
import type { Section } from '../shell/section';

export const section: Section = {
  id: 'approvals',
  title: 'Approvals',
  icon: Hand,
  order: 30,
  badge: () => status.value?.prompts ?? 0,
  keys: 'Ctrl+Shift+A',
  load: () => import('./Inbox.svelte'),
  start() {
    addCommands([
      {
        id: 'approvals.open',
        title: 'Open the approval window',
        group: 'Approvals',
        icon: Hand,
        also: 'decide approve reject prompt',
        when: canOpenApprovals,
        run: () => openApprovals(),
      },
    ]);
  },
};

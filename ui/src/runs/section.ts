import ListIcon from '@lucide/svelte/icons/list';
import { call } from '../api/client';
import { tell } from '../parts/toast';
import { addCommands, addKeyNotes } from '../shell/commands';
import type { Section } from '../shell/section';

export const section: Section = {
  id: 'runs',
  title: 'Runs',
  icon: ListIcon,
  order: 20,
  load: () => import('./list/RunsPage.svelte'),
  start() {
    // The studio is there before its run panel is.
    void import('./studio/fill').then(({ fillStudio }) => fillStudio());
    addCommands([{
      id: 'runs.resume', title: 'Resume runs that were left unfinished', group: 'Runs', also: 'go on continue',
      async run() {
        await call('resume', {});
        tell('Unfinished runs go on');
      },
    }]);
    addKeyNotes([
      { keys: 'Space', title: 'Mark a run', group: 'Runs' },
      { keys: 'Enter', title: 'Open a run on the canvas', group: 'Runs' },
      { keys: 'ArrowLeft', title: 'Show the moment before, on the timeline', group: 'Runs' },
      { keys: 'ArrowRight', title: 'Show the moment after, on the timeline', group: 'Runs' },
      { keys: 'End', title: 'Show the run live, on the playhead', group: 'Runs' },
    ]);
  },
};

import Workflow from '@lucide/svelte/icons/workflow';
import type { Section } from '../shell/section';

export const section: Section = {
  id: 'studio',
  title: 'Studio',
  icon: Workflow,
  order: 10,
  keys: 'Ctrl+Shift+S',
  load: () => import('./Studio.svelte'),
};

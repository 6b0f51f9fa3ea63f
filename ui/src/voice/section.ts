import Mic from '@lucide/svelte/icons/mic';
import type { Section } from '../shell/section';

export const section: Section = {
  id: 'voice',
  title: 'Voice',
  icon: Mic,
  order: 40,
  load: () => import('./VoicePage.svelte'),
};

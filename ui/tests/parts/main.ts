// Every part on one page, to look at and for axe: `npm run dev`, then /tests/parts/index.html#theme=light

import { mount } from 'svelte';
import '../../src/design/base.css';
import { applyLook } from '../../src/shell/theme';
import Parts from './Parts.svelte';

applyLook();
const target = document.querySelector('#app');
if (target) mount(Parts, { target });

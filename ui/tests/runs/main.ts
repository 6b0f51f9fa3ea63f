// The run panel alone, to look at and for axe: the page of a server that answers as the program does, /tests/runs/index.html?run=…#token=…

import { mount } from 'svelte';
import '../../src/design/base.css';
import RunPanel from '../../src/runs/RunPanel.svelte';
import { watchRun } from '../../src/runs/watch.svelte';
import { applyLook } from '../../src/shell/theme';

applyLook();
const target = document.querySelector<HTMLElement>('#app');
const words = new URLSearchParams(location.search);
if (target) {
  target.style.height = words.get('height') ?? '320px';
  target.setAttribute('role', 'main');
  const watch = watchRun(words.get('run') ?? '');
  const path = words.get('step');
  if (path !== null) watch.focus = { path };
  mount(RunPanel, { target, props: { watch } });
}

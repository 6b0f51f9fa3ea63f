// The lines of the canvas's menu for what is chosen.

import type { MenuItem } from '../parts/options';
import { align, bypass, collapseChosen, copy, cut, dissolve, distribute, duplicateChosen, expandSubflow, fit, fitChosen, frame, frameKinds, pasteText, remove, tidy } from './actions';
import { toCanvas } from '../canvas/viewport';
import { isRunning, stepPath, withContents } from '../document/frames';
import { kindIcon } from '../runs/icons';
import type { OpenFlow } from './open-flow.svelte';
import { studio } from './studio.svelte';
import type { CanvasUi } from './ui.svelte';

export async function pasteHere(open: OpenFlow, ui: CanvasUi): Promise<void> {
  pasteText(open, await navigator.clipboard.readText(), toCanvas(open.viewport, ui.menuAt));
}

/** What can be done with a step of the run that is shown. */
function runItems(open: OpenFlow, ui: CanvasUi): MenuItem[] {
  const run = studio.runOf(ui.runOf);
  const [only] = open.chosen;
  if (!run || only === undefined || open.chosen.size !== 1) return [];
  const path = ui.prefix + stepPath(open.flow, only);
  if (!run.hasStep(path)) return [];
  return [
    {
      label: 'Run again from here…', keys: 'Ctrl+Shift+Enter',
      run: () => {
        // It is asked in the run's panel, which shows the new run, too.
        if (!open.isReadOnly) studio.setBelow(true);
        run.askAgain(path);
      },
    },
    'line',
  ];
}

/** What can be done where nothing can be changed. */
const lookingItems = (open: OpenFlow, ui: CanvasUi): MenuItem[] => [
  ...runItems(open, ui),
  ...(open.chosen.size > 0
    ? [{ label: 'Copy', keys: 'Ctrl+C', run: () => copy(open) }, { label: 'Zoom to it', keys: '2', run: () => fitChosen(open) }]
    : [{ label: 'Choose all', keys: 'Ctrl+A', run: () => open.choose(open.flow.nodes.keys()) }]),
  { label: 'Fit', keys: '1', run: () => fit(open) },
];

export function menuItems(open: OpenFlow, ui: CanvasUi, enter: (node: string) => void): MenuItem[] {
  if (open.isReadOnly) return lookingItems(open, ui);
  const { chosen, chosenWires, flow } = open;
  const nodes = [...chosen].filter((id) => flow.nodes.has(id));
  const frames = [...chosen].filter((id) => flow.frames.has(id));
  const [only] = nodes;
  const runs = frames.some((id) => isRunning(flow.frames.get(id)));
  if (chosen.size === 0 && chosenWires.size > 0) {
    const [wire] = chosenWires;
    const at = wire?.indexOf('>') ?? 0;
    return [
      { label: 'Add a node into the wire', run: () => (ui.adding = { at: ui.menuAt, on: toCanvas(open.viewport, ui.menuAt), loose: undefined, instead: undefined, into: wire === undefined ? undefined : { from: wire.slice(0, at), to: wire.slice(at + 1) } }) },
      { label: 'Delete', keys: 'Delete', danger: true, run: () => remove(open) },
    ];
  }
  if (chosen.size === 0) {
    return [
      { label: 'Add a node', keys: 'Tab', run: () => (ui.adding = { at: ui.menuAt, on: toCanvas(open.viewport, ui.menuAt), loose: undefined, instead: undefined, into: undefined }) },
      { label: 'Paste', keys: 'Ctrl+V', run: () => pasteHere(open, ui) },
      'line',
      { label: 'Choose all', keys: 'Ctrl+A', run: () => open.choose(flow.nodes.keys()) },
      { label: 'Tidy', run: () => tidy(open) },
      { label: 'Fit', keys: '1', run: () => fit(open) },
      { label: 'Show as a list', run: () => (ui.listed = true) },
    ];
  }
  const several: MenuItem[] = nodes.length > 1
    ? [
        'line',
        { label: 'Align left', run: () => align(open, 'left') },
        { label: 'Align top', run: () => align(open, 'top') },
        { label: 'Align middles', run: () => align(open, 'middle') },
        ...(nodes.length > 2 ? [{ label: 'Distribute across', run: () => distribute(open, 'x') }, { label: 'Distribute down', run: () => distribute(open, 'y') }] : []),
        { label: 'Tidy these', run: () => tidy(open) },
      ]
    : [];
  const single: MenuItem[] = only !== undefined && nodes.length === 1
    ? [
        { label: 'Rename', keys: 'F2', run: () => ui.rename(flow, only) },
        ...(flow.nodes.get(only)?.kind === 'sub-flow' ? [{ label: 'Open the sub-flow', run: () => enter(only) }, { label: 'Expand the sub-flow here', run: () => expandSubflow(open, only) }] : []),
        ...(studio.runsAlone(flow.nodes.get(only)?.kind) ? [{ label: 'Run this node alone', run: () => (ui.runningNode = only) }] : []),
        'line',
      ]
    : [];
  return [
    ...runItems(open, ui),
    ...single,
    { label: 'Cut', keys: 'Ctrl+X', run: () => cut(open) },
    { label: 'Copy', keys: 'Ctrl+C', run: () => copy(open) },
    { label: 'Duplicate', keys: 'Ctrl+D', run: () => duplicateChosen(open) },
    ...several,
    'line',
    ...(nodes.length > 0
      ? [
          { label: nodes.every((id) => flow.nodes.get(id)?.bypass) ? 'Take part again' : 'Bypass', keys: 'B', run: () => bypass(open) },
        ]
      : []),
    ...frameKinds().map((kind) => ({ label: `Frame as ${kind.title.toLowerCase()}`, icon: kindIcon(kind.icon), ...(kind.name === 'group' && { keys: 'Ctrl+G' }), run: () => void frame(open, kind) })),
    { label: 'Collapse to a sub-flow', run: () => collapseChosen(open) },
    'line',
    ...(frames.length === 1 && nodes.length === 0 ? [{ label: 'Rename', keys: 'F2', run: () => ui.rename(flow, frames[0] ?? '') }] : []),
    ...(frames.length > 0 ? [{ label: 'Take the frame away', keys: 'Ctrl+Shift+G', run: () => dissolve(open) }] : []),
    { label: 'Zoom to it', keys: '2', run: () => fitChosen(open) },
    'line',
    ...(nodes.length > 0 ? [{ label: 'Delete and reconnect', keys: 'Shift+Delete', run: () => remove(open, true) }] : []),
    ...(frames.length > 0 && !runs ? [{ label: 'Delete with what is in it', danger: true, run: () => { open.choose(withContents(flow, chosen)); remove(open); } }] : []),
    { label: runs ? 'Delete with what is in it' : 'Delete', keys: 'Delete', danger: true, run: () => remove(open) },
  ];
}

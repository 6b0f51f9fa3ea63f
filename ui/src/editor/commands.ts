// What can be done in the studio, with its keys. Keys that need the canvas are heard here, where the focus is known.

import type { KeyNote, UiCommand } from '../shell/commands';
import { matchesKeys, takesText } from '../shell/keys';
import { tell, tellFailure } from '../parts/toast';
import { align, bypass, collapseChosen, copy, cut, dissolve, distribute, duplicateChosen, expandSubflow, fit, fitChosen, frame, frameKinds, remove, resetZoom, tidy } from './actions';
import { toCanvas, toScreen } from '../canvas/viewport';
import { nesting, stepPath } from '../document/frames';
import type { OpenFlow } from './open-flow.svelte';
import { stepped } from './round-step';
import type { Rounds } from './run-view';
import { studio } from './studio.svelte';
import type { CanvasUi } from './ui.svelte';

const GROUP = 'Studio';

export const KEY_NOTES: KeyNote[] = [
  { keys: 'Space-drag', title: 'Pan', group: GROUP },
  { keys: 'Ctrl-wheel', title: 'Zoom', group: GROUP },
  { keys: 'Arrows', title: 'Go from node to node; with Shift choose more', group: GROUP },
  { keys: 'Alt+Arrows', title: 'Move what is chosen', group: GROUP },
  { keys: 'Enter', title: 'Go into a node’s ports; again, draw a wire', group: GROUP },
  { keys: 'Drag a port', title: 'Wire it, or offer what fits', group: GROUP },
  { keys: 'Ctrl-drag', title: 'Move without the grid', group: GROUP },
];

export async function save(open: OpenFlow): Promise<void> {
  try {
    if (await open.save()) tell(`“${open.flow.name}” is saved`);
  } catch (thrown) {
    tellFailure(thrown, 'The flow was not saved');
  }
}

interface Ways {
  run: () => void;
  enter: (node: string) => void;
}

/** A command whose keys are heard by the canvas. */
type Local = Omit<UiCommand, 'group' | 'local' | 'run'> & { run: () => unknown };

/** What changes nothing, for a flow that is only looked at. */
const LOOKING: ReadonlySet<string> = new Set(['studio.round-before', 'studio.round-next', 'studio.copy', 'studio.all', 'studio.find', 'studio.zoom', 'studio.fit', 'studio.fit-chosen']);

function localCommands(open: OpenFlow, ui: CanvasUi): Local[] {
  const all = allCommands(open, ui);
  return open.isReadOnly ? all.filter((command) => LOOKING.has(command.id)) : all;
}

function allCommands(open: OpenFlow, ui: CanvasUi): Local[] {
  const some = (): boolean => open.chosen.size > 0;
  const several = (): boolean => open.chosen.size > 1;
  return [
    { id: 'studio.undo', title: 'Undo', keys: 'Ctrl+Z', when: () => open.undoLabel !== undefined, run: () => open.undo() },
    { id: 'studio.redo', title: 'Redo', keys: ['Ctrl+Y', 'Ctrl+Shift+Z'], when: () => open.redoLabel !== undefined, run: () => open.redo() },
    { id: 'studio.copy', title: 'Copy nodes', keys: 'Ctrl+C', when: some, run: () => copy(open) },
    { id: 'studio.cut', title: 'Cut nodes', keys: 'Ctrl+X', when: some, run: () => cut(open) },
    { id: 'studio.duplicate', title: 'Duplicate nodes', keys: 'Ctrl+D', when: some, run: () => duplicateChosen(open) },
    { id: 'studio.all', title: 'Choose all nodes', keys: 'Ctrl+A', run: () => open.choose(open.flow.nodes.keys()) },
    { id: 'studio.frame', title: 'Frame nodes', keys: 'Ctrl+G', when: some, run: () => frame(open) },
    ...frameKinds().filter((kind) => kind.name !== 'group').map((kind): Local => ({ id: `studio.frame-${kind.name}`, title: `Frame as ${kind.title.toLowerCase()}`, also: `frame loop ${kind.summary}`, when: some, run: () => frame(open, kind) })),
    { id: 'studio.unframe', title: 'Take the frame away', keys: 'Ctrl+Shift+G', when: some, run: () => dissolve(open) },
    { id: 'studio.delete', title: 'Delete', keys: ['Delete', 'Backspace'], when: () => some() || open.chosenWires.size > 0, run: () => remove(open) },
    { id: 'studio.reconnect', title: 'Delete and reconnect', keys: 'Shift+Delete', when: some, run: () => remove(open, true) },
    { id: 'studio.bypass', title: 'Bypass nodes', keys: 'B', when: some, run: () => bypass(open) },
    {
      id: 'studio.rename', title: 'Rename the node', keys: 'F2', when: () => open.lead !== undefined || some(),
      run: () => {
        const id = [...open.chosen].at(-1) ?? open.lead;
        if (id === undefined) return;
        if (open.viewport.zoom < 0.4) fitChosen(open);
        ui.rename(open.flow, id);
      },
    },
    {
      id: 'studio.add', title: 'Add a node', keys: 'Tab',
      run: () => {
        // Beside the node that was last at, else in the middle.
        const card = open.lead === undefined ? undefined : open.scene.byId.get(open.lead);
        const beside = card && toScreen(open.viewport, { x: card.x + card.width + 170, y: card.y + 28 });
        const isSeen = beside && beside.x > 0 && beside.x < open.size.width && beside.y > 0 && beside.y < open.size.height;
        const at = isSeen ? beside : { x: open.size.width / 2, y: open.size.height / 3 };
        ui.adding = { at, on: toCanvas(open.viewport, at), loose: undefined, instead: undefined, into: undefined };
      },
    },
    { id: 'studio.round-before', title: 'Show the iteration before', keys: '[', also: 'round element loop frame', when: () => rounds(open, ui) !== undefined, run: () => stepRound(open, ui, -1) },
    { id: 'studio.round-next', title: 'Show the next iteration', keys: ']', also: 'round element loop frame', when: () => rounds(open, ui) !== undefined, run: () => stepRound(open, ui, 1) },
    { id: 'studio.find', title: 'Find in this flow', keys: ['/', 'Ctrl+F'], run: () => (ui.finding = true) },
    { id: 'studio.zoom', title: 'Zoom to 100 %', keys: '0', run: () => resetZoom(open) },
    { id: 'studio.fit', title: 'Fit the flow in', keys: '1', run: () => fit(open) },
    { id: 'studio.fit-chosen', title: 'Zoom to what is chosen', keys: '2', when: some, run: () => fitChosen(open) },
    { id: 'studio.tidy', title: 'Tidy the flow', also: 'layout arrange', run: () => tidy(open) },
    { id: 'studio.align-left', title: 'Align left', when: several, run: () => align(open, 'left') },
    { id: 'studio.align-right', title: 'Align right', when: several, run: () => align(open, 'right') },
    { id: 'studio.align-top', title: 'Align top', when: several, run: () => align(open, 'top') },
    { id: 'studio.align-bottom', title: 'Align bottom', when: several, run: () => align(open, 'bottom') },
    { id: 'studio.align-center', title: 'Align centres', when: several, run: () => align(open, 'center') },
    { id: 'studio.align-middle', title: 'Align middles', when: several, run: () => align(open, 'middle') },
    { id: 'studio.distribute-x', title: 'Distribute across', when: several, run: () => distribute(open, 'x') },
    { id: 'studio.distribute-y', title: 'Distribute down', when: several, run: () => distribute(open, 'y') },
    { id: 'studio.collapse', title: 'Collapse to a sub-flow', when: some, run: () => collapseChosen(open) },
  ];
}

/** The frame whose iterations the keys go through: the one that is chosen, or around what is, else the only one. */
function rounds(open: OpenFlow, ui: CanvasUi): { path: string; rounds: Rounds } | undefined {
  const view = studio.runOf(ui.runOf);
  if (!view) return undefined;
  const at = [...open.chosen].at(-1) ?? open.lead;
  const all = open.scene.frames.filter((frame) => frame.runs).map(({ id }) => id);
  const ids = at === undefined ? all : [at, ...nesting(open.flow).around(at), ...all];
  for (const id of ids) {
    const path = ui.prefix + stepPath(open.flow, id);
    const found = view.rounds(path);
    if (found) return { path, rounds: found };
  }
  return undefined;
}

function stepRound(open: OpenFlow, ui: CanvasUi, by: -1 | 1): void {
  const found = rounds(open, ui);
  if (found) studio.runOf(ui.runOf)?.choose(found.path, stepped(found.rounds, by));
}

const subflowChosen = (open: OpenFlow): string | undefined => [...open.chosen].find((id) => open.flow.nodes.get(id)?.kind === 'sub-flow');

export function editorCommands(open: OpenFlow, ui: CanvasUi, { run, enter }: Ways): UiCommand[] {
  return [
    { id: 'studio.save', title: 'Save the flow', group: GROUP, keys: 'Ctrl+S', run: () => save(open) },
    { id: 'studio.run', title: 'Run the flow', group: GROUP, keys: 'Ctrl+Enter', run },
    { id: 'studio.discard', title: 'Forget changes since the last save', group: GROUP, when: () => open.isChanged, run: () => open.discard() },
    { id: 'studio.inspector', title: 'Show or hide the inspector', group: GROUP, keys: 'Ctrl+I', run: () => (ui.inspectorOpen = !ui.inspectorOpen) },
    { id: 'studio.below', title: 'Show or hide the run panel', group: GROUP, keys: 'Ctrl+J', when: () => studio.parts.below !== undefined, run: () => studio.setBelow(!studio.isBelowOpen) },
    { id: 'studio.list', title: 'Show the flow as a list or as a canvas', group: GROUP, also: 'screen reader table', run: () => (ui.listed = !ui.listed) },
    { id: 'studio.enter', title: 'Open the sub-flow', group: GROUP, when: () => subflowChosen(open) !== undefined, run: () => enter(subflowChosen(open) ?? '') },
    { id: 'studio.expand', title: 'Expand the sub-flow here', group: GROUP, when: () => subflowChosen(open) !== undefined, run: () => expandSubflow(open, subflowChosen(open) ?? '') },
    ...localCommands(open, ui).map((command) => ({ ...command, group: GROUP, local: true })),
  ];
}

const inCanvas = (target: EventTarget | null): boolean => target === document.body || (target instanceof Element && target.closest('.canvas') !== null);

/** The keys of the canvas. A field that takes text keeps its keys; so do dialogs and menus. */
export function onEditorKey(event: KeyboardEvent, open: OpenFlow, ui: CanvasUi): void {
  if (event.defaultPrevented || event.isComposing || takesText(event.target)) return;
  if (document.querySelector('[role="dialog"], [role="menu"], [role="alertdialog"]')) return;
  const isHistory = matchesKeys(event, 'Ctrl+Z') || matchesKeys(event, 'Ctrl+Y') || matchesKeys(event, 'Ctrl+Shift+Z');
  if (!isHistory && !inCanvas(event.target)) return;
  if (event.key === 'Escape' && (open.chosen.size > 0 || open.chosenWires.size > 0)) {
    open.choose([]);
    event.preventDefault();
    return;
  }
  // Tab outside of the canvas goes on as everywhere.
  if (event.key === 'Tab' && event.target === document.body) return;
  const command = localCommands(open, ui).find((one) => [one.keys ?? []].flat().some((keys) => matchesKeys(event, keys)) && (one.when?.() ?? true));
  if (!command) return;
  event.preventDefault();
  void Promise.resolve(command.run()).catch(tellFailure);
}

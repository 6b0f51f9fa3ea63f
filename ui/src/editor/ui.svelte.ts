// What is open on one canvas besides the flow itself: menus, the search, the name that is being changed.

import type { Edge, Flow, Point } from '../document/flow';
import { isRunning } from '../document/frames';
import type { End } from './gestures.svelte';

export interface Adding {
  /** In pixels of the canvas's window. */
  at: Point;
  /** On the canvas. */
  on: Point;
  loose: End | undefined;
  /** The wire whose end was drawn here. */
  instead: string | undefined;
  into: Edge | undefined;
}

export class CanvasUi {
  adding = $state.raw<Adding>();
  renaming = $state<string>();
  finding = $state(false);
  /** The list view, instead of the canvas. */
  listed = $state(false);
  inspectorOpen = $state(true);
  /** Where the menu was asked for. */
  menuAt = $state.raw<Point>({ x: 0, y: 0 });
  running = $state(false);
  /** The node that is to be run alone. */
  runningNode = $state<string>();
  /** The field that a problem leads to: `node` and a JSON pointer. */
  wanted = $state.raw<{ node: string; field: string }>();
  focus: () => void = () => undefined;
  /** The way of callers in runs, where a sub-flow was gone into. */
  prefix = '';

  /** `runOf` is the flow whose run is shown: the tab's, also where a sub-flow was gone into. */
  constructor(readonly runOf: string) {}

  inspect(): void {
    this.inspectorOpen = true;
  }

  /** Changes a name where it stands; of a note its words, of a frame its name in the inspector. */
  rename(flow: Flow, id: string): void {
    const node = flow.nodes.get(id);
    if ((node && node.kind !== 'note') || isRunning(flow.frames.get(id))) {
      this.renaming = id;
      return;
    }
    this.inspect();
    this.wanted = { node: id, field: node ? '/text' : '/name' };
  }
}

// What a card shows, read for the canvas: the same as NodeCard shows in the page.

import ShieldCheck from '@lucide/svelte/icons/shield-check';
import TriangleAlert from '@lucide/svelte/icons/triangle-alert';
import type { Card } from '../canvas/card';
import type { Face, Sign } from '../canvas/face';
import type { FrameBox } from '../canvas/frame-box';
import { end } from '../document/flow';
import { kindIcon } from '../runs/icons';
import { stepState } from '../words/state';
import { duration } from '../words/time';
import { type Gestures, showsError } from './gestures.svelte';
import { roundWords } from './frame-words';
import { iconPath } from './icon-path';
import type { OpenFlow } from './open-flow.svelte';
import type { RunMarks } from './run-marks.svelte';

export function faceOf(card: Card, open: OpenFlow, marks: RunMarks, gestures: Gestures): Face {
  const { id, shape } = card;
  const state = marks.states.get(id);
  const words = state && state !== 'pending' ? stepState(state) : undefined;
  const problems = open.problemsOf.get(id) ?? [];
  const worst = problems.find((problem) => problem.severity === 'error') ?? problems[0];
  const sign: Sign | undefined = words
    ? { icon: iconPath(words.icon), tone: words.tone }
    : worst && { icon: iconPath(TriangleAlert), tone: worst.severity === 'error' ? 'danger' : 'warn' };
  const ms = words && marks.elapsed(id);
  const wires = open.scene.wiresOf.get(id);
  const chosen = open.chosen.has(id);
  return {
    icon: iconPath(kindIcon(shape.icon)),
    state,
    tone: words?.tone,
    sign,
    seal: shape.effect === 'spend' || shape.effect === 'write' ? iconPath(ShieldCheck) : undefined,
    elapsed: ms === undefined ? '' : duration(ms),
    last: marks.lastValue(id),
    chosen,
    lead: open.lead === id && !chosen,
    faulty: worst?.severity === 'error' && !state,
    showsError: showsError(open, id, gestures.hoverCard),
    isWired: (socket) => wires?.some(({ edge }) => (socket.side === 'in' ? edge.to : edge.from) === end(id, socket.name)) ?? false,
  };
}

/** What a frame says far out: how far it has come, else what it does. */
export function farWords({ id, frame, shape }: FrameBox, marks: RunMarks): string {
  const rounds = marks.view && marks.rounds(id);
  return rounds ? roundWords(frame.kind, rounds) : shape.says;
}

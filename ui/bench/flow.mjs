// The flow that is measured: rows of steps that wait, each wired to the next; a third of them also to one in the row below.

const PER_ROW = 100;
const [COLUMN, ROW] = [300, 180];

/** @param {number} count */
export function steps(count) {
  return Array.from({ length: count }, (_, at) => ({
    id: `n${at}`, name: `Step ${at}`, x: (at % PER_ROW) * COLUMN, y: Math.floor(at / PER_ROW) * ROW,
  }));
}

/** @param {number} count */
export function wires(count) {
  return Array.from({ length: count }, (_, at) => at).flatMap((at) => [
    ...(at % PER_ROW !== PER_ROW - 1 && at + 1 < count ? [{ from: `n${at}`, to: `n${at + 1}`, input: 'value' }] : []),
    ...(at % 3 === 0 && at % PER_ROW !== 0 && at + PER_ROW < count ? [{ from: `n${at}`, to: `n${at + PER_ROW}`, input: 'ms' }] : []),
  ]);
}

/**
 * The flow as the program keeps it. Run, it makes about a thousand steps a second.
 * @param {number} count
 */
export function flowText(count) {
  const nodes = steps(count);
  const rows = Math.ceil(count / PER_ROW);
  // All rows go on together, so a step waits the longer the more of them there are.
  const ms = { fields: { value: { cel: String(rows), type: 'number' } } };
  return JSON.stringify({
    schema: 'assent.flow/1', id: idOf(count), name: `Bench ${count}`, description: '', defaults: { parallel: 1024 },
    nodes: nodes.map(({ id, name }, at) => ({ id, name, version: 1, ...(at % PER_ROW === 0 ? { kind: 'set', config: ms } : { kind: 'delay', config: { ms: rows } }) })),
    edges: wires(count).map(({ from, to, input }) => ({ from: `${from}.value`, to: `${to}.${input}` })),
    layout: { nodes: Object.fromEntries(nodes.map(({ id, x, y }) => [id, { x, y }])) },
  });
}

/** @param {number} count */
export const idOf = (count) => `bench-${count}`;

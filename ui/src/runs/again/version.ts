// Which version a run is gone through on again: the one that it ran, or the flow as it is now, with what is not saved yet.

import type { RequestOf } from '../../api/contract';
import { writeFlow } from '../../document/write';
import type { OpenFlow } from '../../editor/open-flow.svelte';

export type Version = 'ran' | 'now';
type FlowRef = NonNullable<RequestOf<'rerun'>['flow']>;

/** How the program is told of a version; `open` is the flow where it is open in the studio. */
export function flowRef(version: Version, id: string, open: Pick<OpenFlow, 'isChanged' | 'flow'> | undefined): FlowRef | undefined {
  if (version === 'ran') return undefined;
  return open?.isChanged ? { file: { file: id, text: writeFlow(open.flow) } } : { id };
}

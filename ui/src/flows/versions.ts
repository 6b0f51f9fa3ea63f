// What can be compared with a version, in words.

import type { FlowVersion } from '../api/types';
import type { Option } from '../parts/options';
import { fullTime } from '../words/time';

const WHY: Record<FlowVersion['why'], string> = { save: 'Saved', run: 'Ran', restore: 'Restored', publish: 'Published' };

export const whyWords = (version: FlowVersion): string => WHY[version.why];

/** Against what a version is shown. */
export const BEFORE = 'before';
export const NOW = 'now';
export const ALONE = 'alone';

/** The version that came before the one at a place; one with the same logic doesn't count. */
export function versionBefore(versions: readonly FlowVersion[], at: number): FlowVersion | undefined {
  const digest = versions[at]?.digest;
  return versions.slice(at + 1).find((version) => version.digest !== digest);
}

/** What the version at a place can be compared with. */
export function against(versions: readonly FlowVersion[], at: number, isNow: boolean): Option[] {
  const options: Option[] = [];
  if (versionBefore(versions, at)) options.push({ value: BEFORE, label: 'The version before' });
  if (!isNow) options.push({ value: NOW, label: 'The flow as it is now' });
  options.push({ value: ALONE, label: 'Nothing' });
  const seen = new Set([versions[at]?.digest]);
  for (const version of versions) {
    if (seen.has(version.digest)) continue;
    seen.add(version.digest);
    options.push({ value: version.digest, label: `${whyWords(version)} ${fullTime(version.at)}`, ...(version.note && { hint: version.note }) });
  }
  return options;
}

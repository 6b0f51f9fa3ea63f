// The program's hints name its commands, for those who use it in a terminal. Where this window has a place for the same, that is named.

const PLACES: Readonly<Record<string, string>> = {
  'List them with `assent runs`.': 'The list of runs has those there are.',
  'See `assent kinds` for those there are.': 'Take the node out, or open the flow with an Assent that has its kind.',
  'List them with `assent kinds`.': 'The palette has those there are.',
  'List the kinds with `assent kinds`.': 'The palette has those there are.',
  'Look at `assent kinds`.': 'The palette has those there are.',
  'List them with `assent prompts`.': 'The approvals have those that are open.',
  'List the open ones with `assent prompts`.': 'The approvals have those that are open.',
  'List those that are open with `assent prompts`.': 'The approvals have those that are open.',
  'List them with `assent flow gallery`.': 'The gallery has those there are.',
  'List them with `assent flow bin`.': 'The bin has those there are.',
  'List the versions with `assent flow versions`.': 'The menu of the flow shows its versions.',
  'Correct the flow; `assent check` lists its problems.': 'Correct the flow; the inspector lists its problems.',
  'Look with `assent runs` and `assent prompts` before you call it again.': 'Look at the runs and the approvals before you try it again.',
};

/** A hint in the words of this window. One whose command has no place here keeps it, and says where it is typed. */
export function hintHere(hint: string, message = ''): string {
  if (/No space left on device/.test(message)) return 'The disk is full. Free some space, then try again; nothing that is in this window is lost meanwhile.';
  const said = PLACES[hint];
  if (said !== undefined) return said;
  if (/^Name its file, or put it into /.test(hint)) return 'It may have been deleted; look into the bin.';
  return /`assent [^`]+`/.test(hint) ? hint.replace(/`(assent [^`]+)`/, '“$1” in a terminal') : hint;
}

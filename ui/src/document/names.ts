// Ids and names. An id stays with its node whatever the node is called.

/** A word made into an id: lower-case words and digits joined by hyphens. */
export function asId(text: string, fallback = 'node'): string {
  const id = text.normalize('NFKD').toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '').slice(0, 56).replace(/-+$/, '');
  return id === '' ? fallback : id;
}

/** A word made into a port's name: it begins with a letter, then letters, digits and `_`. */
export function asPortName(text: string, fallback = 'value'): string {
  const name = text.normalize('NFKD').toLowerCase().replaceAll(/[^a-z0-9]+/g, '_').replaceAll(/^[_\d]+|_+$/g, '').slice(0, 56);
  return name === '' ? fallback : name;
}

/** The first of `pay`, `pay-2`, `pay-3` … that is free. */
export function free(wanted: string, isTaken: (id: string) => boolean, joint = '-'): string {
  if (!isTaken(wanted)) return wanted;
  const stem = wanted.replace(new RegExp(`${joint}\\d+$`), '');
  for (let number = 2; ; number += 1) {
    const id = `${stem}${joint}${number}`;
    if (!isTaken(id)) return id;
  }
}

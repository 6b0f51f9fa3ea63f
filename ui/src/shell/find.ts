/** Something that the palette can find. */
export interface Findable {
  id: string;
  title: string;
  /** The heading it stands under. */
  group: string;
  /** More words that find it. */
  also?: string;
}

/** How well a text fits what was typed: 0 is not at all. The start of a word counts more than its middle. */
export function fit(text: string, typed: string): number {
  const said = text.toLowerCase();
  let sum = 0;
  for (const word of typed.toLowerCase().split(/\s+/).filter(Boolean)) {
    const at = said.indexOf(word);
    if (at < 0) {
      const initials = said.split(/[\s\-_/]+/).map((part) => part[0] ?? '').join('');
      if (!initials.includes(word)) return 0;
      sum += 1;
    } else if (at === 0) {
      sum += 4;
    } else {
      sum += /[\s\-_/]/.test(said[at - 1] ?? '') || said.includes(` ${word}`) ? 3 : 2;
    }
  }
  return sum;
}

/** The best fits first, at most so many; with nothing typed, all in their own order. Groups stay together, the best one first. */
export function found<T extends Findable>(all: readonly T[], typed: string, most = 60): T[] {
  if (typed.trim() === '') return grouped(all).slice(0, most);
  const scored = all
    .map((item, place) => ({ item, place, score: Math.max(fit(item.title, typed), fit(`${item.title} ${item.also ?? ''}`, typed) - 0.5) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score || one.place - other.place)
    .slice(0, most);
  return grouped(scored.map(({ item }) => item));
}

function grouped<T extends Findable>(items: readonly T[]): T[] {
  const groups = [...new Set(items.map((item) => item.group))];
  return groups.flatMap((group) => items.filter((item) => item.group === group));
}

import type { Attachment } from 'svelte/attachments';

/** Lets a box be scrolled by keys, under a name, while there is something to scroll. */
export const scrollable = (label: string): Attachment<HTMLElement> => (box) => {
  const measure = (): void => {
    const is = box.scrollHeight > box.clientHeight + 1;
    if (is === box.hasAttribute('tabindex')) return;
    for (const [name, value] of Object.entries({ tabindex: '0', role: 'group', 'aria-label': label })) {
      if (is) box.setAttribute(name, value);
      else box.removeAttribute(name);
    }
  };
  const sizes = new ResizeObserver(measure);
  sizes.observe(box);
  for (const child of box.children) sizes.observe(child);
  const content = new MutationObserver(measure);
  content.observe(box, { childList: true, characterData: true, subtree: true });
  measure();
  return () => {
    sizes.disconnect();
    content.disconnect();
  };
};

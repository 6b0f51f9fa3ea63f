/** Lets a box be scrolled by keys while there is something to scroll. For `{@attach}`. */
export function scrollable(box: HTMLElement): () => void {
  const measure = (): void => {
    if (box.scrollHeight > box.clientHeight + 1) box.tabIndex = 0;
    else box.removeAttribute('tabindex');
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
}

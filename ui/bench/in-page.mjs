// What runs inside a page that is measured. Each function is sent there as text, so it uses nothing from outside itself.

/**
 * Pans by the wheel in every frame, there and back, and gives the time from frame to frame in milliseconds.
 * Stops early where a frame takes too long to make many of them.
 * @param {{ frames: number, mostMs: number }} how
 * @returns {Promise<number[]>}
 */
export function pan({ frames, mostMs }) {
  const pane = document.querySelector('.svelte-flow__pane');
  const { left, top, width, height } = pane.getBoundingClientRect();
  const at = { clientX: left + width / 2, clientY: top + height / 2, bubbles: true, cancelable: true };
  const took = [];
  return new Promise((resolve) => {
    const begun = performance.now();
    let last = 0;
    let count = 0;
    const step = (now) => {
      if (count > 1) took.push(now - last);
      last = now;
      count += 1;
      if (took.length >= frames || performance.now() - begun > mostMs) {
        resolve(took);
        return;
      }
      const way = count < frames / 2 ? 1 : -1;
      pane.dispatchEvent(new WheelEvent('wheel', { ...at, deltaX: way * 17, deltaY: way * 9 }));
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
}

/**
 * Zooms by the wheel until the zoom is as wanted, and waits until the view rests. Gives the zoom.
 * @param {number} wanted
 * @returns {Promise<number>}
 */
export async function zoomTo(wanted) {
  const pane = document.querySelector('.svelte-flow__pane');
  const { left, top, width, height } = pane.getBoundingClientRect();
  const zoom = () => new DOMMatrix(document.querySelector('.svelte-flow__viewport').style.transform).a;
  for (let round = 0; round < 60; round += 1) {
    // The zoom is multiplied by 2 to the power of -deltaY * 0.002.
    const deltaY = Math.log2(wanted / zoom()) / -0.002;
    if (Math.abs(deltaY) < 5) break;
    pane.dispatchEvent(new WheelEvent('wheel', {
      clientX: left + width / 2, clientY: top + height / 2, bubbles: true, cancelable: true, ctrlKey: true, deltaY: Math.max(-300, Math.min(300, deltaY)),
    }));
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  await new Promise((resolve) => setTimeout(resolve, 1200));
  return zoom();
}

/**
 * Opens a flow by its entry in the tree. Gives the time to the first frame in which its canvas can be used, in milliseconds.
 * @param {string} name
 * @returns {Promise<number>}
 */
export function openFlow(name) {
  const entry = [...document.querySelectorAll('[role=treeitem]')].find((item) => item.textContent.trim().startsWith(name));
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    entry.click();
    const look = () => {
      if (performance.now() - begun > 30_000) {
        reject(new Error(`${name} did not open`));
        return;
      }
      const canvas = document.querySelector('[role=application]');
      if (!canvas?.getAttribute('aria-label').startsWith(`Canvas of ${name}.`) || !canvas.querySelector('.svelte-flow__pane')) requestAnimationFrame(look);
      // A frame later it is drawn; what is still to be done then would be in the way of a click.
      else requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun)));
    };
    look();
  });
}

/** Waits until the studio shows its flows. Gives when its first picture was there, in milliseconds since the epoch. */
export async function interactive() {
  while (!document.querySelector('[role=tree], [role=treeitem], main')) await new Promise((resolve) => setTimeout(resolve, 5));
  const scripts = performance.getEntriesByType('resource').filter(({ name }) => /\.(js|css)$/.test(name)).map(({ responseEnd }) => responseEnd);
  const [paint] = performance.getEntriesByName('first-contentful-paint');
  return performance.timeOrigin + Math.max(paint?.startTime ?? performance.now(), ...scripts);
}

/** The scripts that the page has loaded, by name. */
export const scripts = () => performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname).filter((path) => path.endsWith('.js'));

/** Starts a run by the studio's own button. */
export async function startRun() {
  const button = () => [...document.querySelectorAll('[role=dialog] button')].find((one) => /^Run/.test(one.textContent.trim()));
  [...document.querySelectorAll('button')].find((one) => !one.disabled && /^Run\b/.test(one.textContent.trim())).click();
  for (let round = 0; round < 100 && !button(); round += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  button().click();
}

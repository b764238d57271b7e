const REGION = '[data-region]';
const FOCUSABLE = ['a[href]', 'button', 'input', 'textarea', 'select', '[tabindex]']
  .map((selector) => `${selector}:not([disabled]):not([tabindex="-1"])`)
  .join(', ');

/**
 * Moves focus to the next region of the window in reading order (title bar, sidebar, header, ... status bar),
 * and around at the end. Focus goes to the region's current stop where it has one.
 * @param step 1 forward, -1 back
 */
export function cycleRegion(step: 1 | -1, root: ParentNode = document): void {
  const regions = [...root.querySelectorAll<HTMLElement>(REGION)].filter((region) =>
    region.querySelector(FOCUSABLE),
  );
  if (regions.length === 0) return;
  // A drawer lies inside the screen: the innermost region is the one the reader is in.
  const at = regions.findLastIndex((region) => region.contains(document.activeElement));
  const first = step === 1 ? 0 : regions.length - 1;
  const next = at === -1 ? first : (at + step + regions.length) % regions.length;
  regions[next]?.querySelector<HTMLElement>(FOCUSABLE)?.focus();
}

import { cleanup, configure } from '@testing-library/svelte';
import { afterEach, vi } from 'vitest';

// jsdom has no layout: these are absent there and called on mount by charts, lists and primitives.
class NoResize implements ResizeObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}
vi.stubGlobal('ResizeObserver', NoResize);
vi.stubGlobal('matchMedia', (query: string) => ({
  matches: false,
  media: query,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
}));
vi.stubGlobal('CSS', { escape: (value: string) => value.replaceAll(/[^\w-]/gu, (sign) => `\\${sign}`) });
// There is no canvas either; what measures words has a way without one.
HTMLCanvasElement.prototype.getContext = () => null;
Element.prototype.scrollIntoView = () => undefined;

// Only a failure waits so long.
configure({ asyncUtilTimeout: 15_000 });

afterEach(() => {
  cleanup();
});

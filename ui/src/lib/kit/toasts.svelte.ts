import { createContext } from 'svelte';
import type { GlyphName } from './glyphs';

export interface ToastAction {
  label: string;
  keys?: string;
  run: () => void;
}

export interface Toast {
  id: number;
  state: GlyphName;
  title: string;
  detail?: string;
  action?: ToastAction;
}

/** Long enough to read two lines; nothing is lost when it goes, because a toast is never the only record. */
export const TOAST_MS = 6000;
/** The oldest goes when a fifth arrives: what waits behind so many is not read. */
export const MAX_TOASTS = 4;

/** Short notices in the status bar, where they cover nothing that can be pressed. Their time stands still while pointer or focus is on the stack. */
export class Toasts {
  items = $state.raw<Toast[]>([]);
  #next = 1;
  #paused = false;
  // Nothing on the screen depends on the timers, so they are not reactive.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  #timers = new Map<number, ReturnType<typeof setTimeout>>();

  push(toast: Omit<Toast, 'id'>): number {
    const id = this.#next++;
    this.items = [...this.items, { ...toast, id }];
    for (const old of this.items.slice(0, -MAX_TOASTS)) this.dismiss(old.id);
    if (!this.#paused) this.#start(id);
    return id;
  }

  dismiss(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.items = this.items.filter((toast) => toast.id !== id);
  }

  pause(): void {
    this.#paused = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Every notice gets its full time again: the reader has just looked away from them. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    for (const toast of this.items) this.#start(toast.id);
  }

  #start(id: number): void {
    this.#timers.set(
      id,
      setTimeout(() => this.dismiss(id), TOAST_MS),
    );
  }
}

export const [getToasts, setToasts] = createContext<Toasts>();

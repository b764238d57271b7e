import { createContext } from 'svelte';
import { isMac, strokeOf, strokes } from '../kit/keyspec';

/** A key and what it does where the reader is now. */
export interface Binding {
  /** Spec as in {@link strokes}: "Shift R", "G R", "Mod Enter". */
  keys: string;
  /** What it does, in the words of the button; shown by the overlay of all keys. */
  label: string;
  run: () => void;
  /** Heading in the overlay. */
  group?: string;
  /** Absent means always. A binding that does not apply lets the key fall through to the layer below. */
  when?: () => boolean;
}

/** A dialog's layer hides the ones below, so that nothing behind it can be triggered. */
export interface Layer {
  name: string;
  bindings: Binding[];
  exclusive: boolean;
}

/** The second letter of a chord counts within this time; later it is a letter of its own. */
const CHORD_WITHIN_MS = 1500;
/** Layers are page, screen, panel and dialog. More means that one was registered and never removed. */
const MAX_LAYERS = 16;

const TEXT_INPUTS = new Set(['text', 'search', 'url', 'email', 'password', 'number', 'tel', 'date', 'time']);

/** Whether a key typed here is meant as text. */
export function isTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  // jsdom knows no isContentEditable, and the attribute is what our own fields would carry.
  if (target.isContentEditable || target.closest('[contenteditable="true"]')) return true;
  if (target instanceof HTMLInputElement) return TEXT_INPUTS.has(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

function hasModifier(stroke: string): boolean {
  return stroke.startsWith('Mod+') || stroke.startsWith('Alt+');
}

/** A single letter, sign or digit, with or without Shift: the keys that can be switched off. */
function isSingle(stroke: string): boolean {
  return !hasModifier(stroke) && (stroke.split('+').pop() ?? '').length === 1;
}

/**
 * The keyboard map of the window. Parts add a layer while they are shown; the newest layer is asked first.
 * Focused controls come before any of them: an event that a control has handled is left alone.
 */
export class Keys {
  /** What the overlay and the lookup read; always a copy of the list below. */
  #layers = $state.raw<Layer[]>([]);
  /**
   * The list itself, outside the reactive world: while an effect is taken down it sees state as it was before, and
   * a layer that another effect has just added would be lost.
   */
  #list: Layer[] = [];
  #chord: { stroke: string; at: number } | null = null;
  readonly #mac: boolean;

  /** Single letters on. Off, they need Ctrl/Cmd and Alt, for people whose voice or switch input types letters. */
  singleKeys = $state(true);

  constructor(mac = isMac()) {
    this.#mac = mac;
  }

  /** Layers from the newest down to the first exclusive one. */
  readonly active: Layer[] = $derived.by(() => {
    const list = this.#layers.toReversed();
    const end = list.findIndex((layer) => layer.exclusive);
    return end === -1 ? list : list.slice(0, end + 1);
  });

  /** Adds a layer and returns the function that removes it; the return value fits an effect. */
  add(name: string, bindings: Binding[], options: { exclusive?: boolean } = {}): () => void {
    const layer: Layer = { name, bindings, exclusive: options.exclusive ?? false };
    if (this.#list.length >= MAX_LAYERS) throw new Error(`too many key layers, remove one before ${name}`);
    this.#put([...this.#list, layer]);
    return () => this.#put(this.#list.filter((other) => other !== layer));
  }

  #put(list: Layer[]): void {
    this.#list = list;
    this.#layers = list;
  }

  /** Runs the binding of a key event, if there is one, and says whether it did. */
  handle(event: KeyboardEvent): boolean {
    if (event.defaultPrevented) return false;
    const pressed = strokeOf(event, this.#mac);
    if (!pressed) return false;
    const stroke = this.#effective(pressed, event.target);
    if (!stroke) return this.#forget();
    const layers = this.#reachable(event.target);
    const before = this.#chord;
    this.#chord = null;
    const chorded =
      before && event.timeStamp - before.at <= CHORD_WITHIN_MS ? `${before.stroke} ${stroke}` : null;
    const binding = (chorded && find(layers, chorded)) || find(layers, stroke);
    if (binding) {
      event.preventDefault();
      binding.run();
      return true;
    }
    if (startsChord(layers, stroke)) {
      this.#chord = { stroke, at: event.timeStamp };
      event.preventDefault();
      return true;
    }
    return false;
  }

  #forget(): boolean {
    this.#chord = null;
    return false;
  }

  /** The stroke as bindings know it, or null where it is meant as text or as a press of the focused control. */
  #effective(stroke: string, target: EventTarget | null): string | null {
    if (!this.singleKeys && stroke.startsWith('Mod+Alt+')) return stroke.slice('Mod+Alt+'.length);
    if (isTextField(target))
      return stroke === 'Esc' || hasModifier(stroke) || /^F\d+$/u.test(stroke) ? stroke : null;
    if (isSingle(stroke)) return this.singleKeys ? stroke : null;
    const pressesControl = stroke === 'Enter' || stroke === 'Space';
    if (pressesControl && target instanceof Element && target.closest('button, a[href], input, summary'))
      return null;
    return stroke;
  }

  /** From inside a modal dialog only the dialog's own layer counts: what is behind it cannot be triggered. */
  #reachable(target: EventTarget | null): Layer[] {
    const modal = target instanceof Element && target.closest('[aria-modal="true"]') !== null;
    return modal && !this.active.some((layer) => layer.exclusive) ? [] : this.active;
  }
}

function find(layers: Layer[], sequence: string): Binding | undefined {
  for (const layer of layers) {
    const found = layer.bindings.find(
      (binding) => strokes(binding.keys).join(' ') === sequence && (binding.when?.() ?? true),
    );
    if (found) return found;
  }
  return undefined;
}

function startsChord(layers: Layer[], stroke: string): boolean {
  return layers.some((layer) =>
    layer.bindings.some((binding) => {
      const list = strokes(binding.keys);
      return list.length > 1 && list[0] === stroke;
    }),
  );
}

export const [getKeys, setKeys] = createContext<Keys>();

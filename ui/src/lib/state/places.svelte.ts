import { untrack } from 'svelte';

/** Time without pointer, focus or key before things may take other places. */
export const QUIET_MS = 3000;

/** Places that have a digit. */
const DIGITS = 9;

/** A place in a numbered list, and with it a digit. */
export interface Slot<T> {
  key: string;
  value: T;
  /** It is done or not asked for any more; its digit stays free for a while. */
  gone: boolean;
}

/** Everything in its own order, each in the place of its number. */
export function settled<T>(values: T[], keyOf: (value: T) => string): Slot<T>[] {
  return values.map((value) => ({ key: keyOf(value), value, gone: false }));
}

/** The same while somebody may be reaching for one: what was there keeps its place, what is new comes last. */
export function kept<T>(before: Slot<T>[], values: T[], keyOf: (value: T) => string): Slot<T>[] {
  const fresh = settled(values, keyOf);
  const stays = before.map((slot) => fresh.find((one) => one.key === slot.key) ?? { ...slot, gone: true });
  const added = fresh.filter((one) => before.every((slot) => slot.key !== one.key));
  return [...stays, ...added];
}

/** Places that change only while nobody reaches for one. */
export class Places<T> {
  slots = $state.raw<Slot<T>[]>([]);
  #values: T[];
  readonly #keyOf: (value: T) => string;
  #near = false;
  #touched = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(values: T[], keyOf: (value: T) => string) {
    this.#values = values;
    this.#keyOf = keyOf;
    this.slots = settled(values, keyOf);
  }

  take(values: T[]): void {
    this.#values = values;
    // An effect that hands over what changed must not run again because of where it went.
    const stay = kept(
      untrack(() => this.slots),
      values,
      this.#keyOf,
    );
    // A list of places that are mostly free would leave what is new without a digit.
    const crowded = stay.length > DIGITS && stay.length > values.length;
    if (this.#busy() && !crowded) {
      this.slots = stay;
      this.#later();
    } else this.slots = settled(values, this.#keyOf);
  }

  /** What stands at a digit, counted from 0. */
  at(index: number): T | undefined {
    const slot = this.slots[index];
    return slot && !slot.gone ? slot.value : undefined;
  }

  /** Pointer or focus came to the list, or left it. */
  approach(near: boolean): void {
    this.#near = near;
    this.touch();
  }

  /** A key went down somewhere: the next one may be a digit. */
  touch(): void {
    this.#touched = performance.now();
    this.#later();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #busy(): boolean {
    return this.#near || performance.now() - this.#touched < QUIET_MS;
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#busy()) this.#later();
      else this.slots = settled(this.#values, this.#keyOf);
    }, QUIET_MS + 50);
  }
}

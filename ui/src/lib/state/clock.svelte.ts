import { createContext } from 'svelte';
import type { Reader } from '../format';

const MINUTE = 60_000;
const SECOND = 1000;

/**
 * The one clock of the window: every relative time on the screen changes at the same moment. It runs by the minute,
 * by the second while somebody asks for it, and can be moved to another time, as a rehearsal does.
 */
export class Clock implements Reader {
  now = $state(Date.now());
  zone = $state(Intl.DateTimeFormat().resolvedOptions().timeZone);
  #offset = 0;
  #speed = 1;
  #anchor = Date.now();
  #fine = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Sets the clock to the engine's time.
   * @param now Unix milliseconds
   * @param speed seconds that pass here while one passes on the wall; 1 outside a rehearsal
   */
  set(now: number, speed = 1): void {
    this.#anchor = Date.now();
    this.#offset = now;
    this.#speed = speed;
    this.now = now;
  }

  /** Goes on from this instant at another speed; 0 stands still. */
  pace(speed: number): void {
    this.set(this.#read(), speed);
  }

  /** Runs until the returned function is called. */
  run(): () => void {
    this.#schedule();
    return () => clearTimeout(this.#timer);
  }

  /** Ticks each second until the returned function is called: a countdown is in view. */
  bySecond(): () => void {
    this.#fine += 1;
    this.#schedule();
    return () => {
      this.#fine -= 1;
    };
  }

  #read(): number {
    const wall = Date.now();
    return this.#offset === 0 ? wall : this.#offset + (wall - this.#anchor) * this.#speed;
  }

  #tick(): void {
    this.now = this.#read();
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const step = this.#fine > 0 || this.#speed > 1 ? SECOND : MINUTE;
    this.#timer = setTimeout(() => this.#tick(), step - (Date.now() % step));
  }
}

export const [getClock, setClock] = createContext<Clock>();

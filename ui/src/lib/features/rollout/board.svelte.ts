import { SvelteMap } from 'svelte/reactivity';
import { asFault } from '$lib/backend/backend';
import type { Workspace } from '$lib/state/workspace.svelte';
import type { Fault, SeriesView } from '$lib/wire/wire';

/** What is known of one chart. The last series stays while a newer one is read or refused. */
export interface Charted {
  series?: SeriesView;
  fault?: Fault;
}

/**
 * The series behind the charts. A chart is read again when it is told to, and once more when it was told while a
 * reading was on its way: many samples at once lead to two readings, not to a queue.
 */
export class Board {
  readonly #charts = new SvelteMap<string, Charted>();
  readonly #reading: Record<string, boolean> = {};
  readonly #again: Record<string, number | null> = {};

  constructor(readonly workspace: Workspace) {}

  of(guardrail: string): Charted {
    return this.#charts.get(guardrail) ?? {};
  }

  read(guardrails: readonly string[], window: number | null): void {
    for (const guardrail of guardrails) void this.#read(guardrail, window);
  }

  async #read(guardrail: string, window: number | null): Promise<void> {
    if (this.#reading[guardrail]) {
      this.#again[guardrail] = window;
      return;
    }
    this.#reading[guardrail] = true;
    const { backend, which } = this.workspace;
    try {
      const reply = await backend.call({ do: 'series', which, guardrail, window_ms: window });
      if (reply.reply === 'series') this.#charts.set(guardrail, { series: reply.data });
    } catch (problem) {
      const before = this.#charts.get(guardrail)?.series;
      this.#charts.set(guardrail, { series: before, fault: asFault(problem) });
    }
    this.#reading[guardrail] = false;
    if (!(guardrail in this.#again)) return;
    const next = this.#again[guardrail] ?? null;
    // Not a growing record: the same few names come and go.
    Reflect.deleteProperty(this.#again, guardrail);
    void this.#read(guardrail, next);
  }
}

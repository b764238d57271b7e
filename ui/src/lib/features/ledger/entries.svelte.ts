import { asFault, type Backend } from '$lib/backend/backend';
import type { EventDetail, EventGroup, EventView, Fault, Which } from '$lib/wire/wire';

/** Entries asked for at once. */
const PAGE = 200;
/** Entries kept in the page; whoever looks for older ones searches. */
export const ENTRIES_MAX = 20_000;

export interface Filter {
  which: Which | null;
  group: EventGroup | null;
  search: string;
}

/** Entries of the ledger that fit a filter, newest first, read page by page as somebody scrolls. */
export class Entries {
  rows = $state.raw<EventView[]>();
  fault = $state.raw<Fault>();
  /** Nothing older is there, or nothing older is kept here. */
  whole = $state(false);
  #filter: Filter | undefined;
  #next: number | null = null;
  #asked = 0;
  #busy = false;

  constructor(readonly backend: Backend) {}

  /** Newest entry that is shown. */
  get newest(): number {
    return this.rows?.[0]?.seq ?? 0;
  }

  /** Reads from the newest entry on. */
  async show(filter: Filter): Promise<void> {
    this.#filter = filter;
    this.#asked += 1;
    await this.#read(null);
  }

  async again(): Promise<void> {
    if (this.#filter) await this.show(this.#filter);
  }

  async older(): Promise<void> {
    if (this.#busy || this.whole || this.#next === null) return;
    await this.#read(this.#next);
  }

  async #read(before: number | null): Promise<void> {
    const filter = this.#filter;
    if (!filter) return;
    const asked = this.#asked;
    this.#busy = true;
    try {
      const search = filter.search.trim() === '' ? null : filter.search;
      const reply = await this.backend.call({
        do: 'log',
        which: filter.which,
        search,
        group: filter.group,
        before,
        limit: PAGE,
      });
      if (asked !== this.#asked || reply.reply !== 'events') return;
      const { events, next } = reply.data;
      this.rows = before === null ? events : [...(this.rows ?? []), ...events];
      this.#next = next;
      this.whole = next === null || this.rows.length >= ENTRIES_MAX;
      this.fault = undefined;
    } catch (problem) {
      if (asked === this.#asked) this.fault = asFault(problem);
    } finally {
      if (asked === this.#asked) this.#busy = false;
    }
  }

  /** One entry with what it is made of. */
  async detail(seq: number): Promise<EventDetail | Fault> {
    try {
      const reply = await this.backend.call({ do: 'event', seq });
      if (reply.reply === 'event') return reply.data;
      return { code: 'outside', message: reply.reply, help: null, missing: [] };
    } catch (problem) {
      return asFault(problem);
    }
  }
}

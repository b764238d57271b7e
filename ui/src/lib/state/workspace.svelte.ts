import { createContext } from 'svelte';
import { asFault, type Backend, type Ground, type ReplyOf, type Unsubscribe } from '$lib/backend/backend';
import type {
  DoctorLine,
  Fault,
  HomeView,
  LedgerView,
  PracticeView,
  Push,
  ReleaseCard,
  ReleaseView,
  Reply,
  Which,
} from '$lib/wire/wire';
import type { Clock } from './clock.svelte';
import { Runs } from './runs.svelte';

/** A view older than the one shown by less than this lost a race; older than that, the clock was put back. */
const RACE_MS = 10_000;

/** A reading that failed, while what was known before is still shown. */
export interface Unread {
  fault: Fault;
  /** On the wall, because the engine's clock is what could not be read. */
  at: number;
}

/**
 * What the window knows of the engine. Pushes are applied as they come; everything is read once at the start, after
 * a change of ground and when the page comes back into view. Nothing here asks by the clock.
 */
export class Workspace {
  /** Absent until it is known; releases may be told before. */
  ground = $state<Ground>();
  /** Absent until they were read. */
  releases = $state.raw<ReleaseCard[]>();
  /** Identity of the release that is shown. */
  current = $state<string>();
  view = $state.raw<ReleaseView>();
  practice = $state.raw<PracticeView>();
  /** What is known of this installation, as of the last full reading. */
  doctor = $state.raw<DoctorLine[]>([]);
  /** How the ledger is; every entry is told. */
  ledger = $state.raw<LedgerView>();
  /** Everything at a glance, once somebody looks at it. */
  home = $state.raw<HomeView>();
  /** Counts pushes about new samples of the shown release. */
  sampled = $state(0);
  /** Newest line of a long request, while one runs. */
  progress = $state<string>();
  unread = $state.raw<Unread>();
  readonly runs = new Runs();
  #homely = false;
  #homeBusy = false;
  #homeAgain = false;

  constructor(
    readonly backend: Backend,
    readonly clock: Clock,
  ) {}

  /** The shown release, for requests. */
  get which(): Which {
    return { release: this.current ?? null, folder: null };
  }

  readonly rehearsing: boolean = $derived(this.ground === 'rehearsal');

  /** Listens until the returned function is called. */
  start(): () => void {
    let ended = false;
    let end: Unsubscribe | undefined;
    void this.#listen((push) => !ended && this.take(push)).then((unsubscribe) => {
      if (ended) void unsubscribe?.();
      else end = unsubscribe;
    });
    const seen = () => {
      if (document.visibilityState === 'visible') void this.readAll();
    };
    document.addEventListener('visibilitychange', seen);
    return () => {
      ended = true;
      document.removeEventListener('visibilitychange', seen);
      void end?.();
    };
  }

  async #listen(onPush: (push: Push) => void): Promise<Unsubscribe | undefined> {
    try {
      const unsubscribe = await this.backend.subscribe(onPush);
      await this.readAll();
      return unsubscribe;
    } catch (problem) {
      this.#missed(problem);
      return undefined;
    }
  }

  /** Reads everything that is shown. What was known stays on the screen when that fails. */
  async readAll(): Promise<void> {
    try {
      const ground = await this.backend.ground();
      if (this.ground && ground !== this.ground) this.#forget();
      this.ground = ground;
      this.practice = ground === 'rehearsal' ? await this.#practice() : undefined;
      const reply = await this.backend.call({ do: 'releases' });
      if (reply.reply === 'releases') this.releases = reply.data;
      const doctor = await this.backend.call({ do: 'doctor' });
      if (doctor.reply === 'doctor') this.doctor = doctor.data.lines;
      await this.readLedger(false);
      if (this.#homely) await this.#readHome();
      this.unread = undefined;
    } catch (problem) {
      this.#missed(problem);
      return;
    }
    if (this.current !== undefined) await this.read();
  }

  /** Shows a release. */
  async open(id: string | undefined): Promise<void> {
    if (id === this.current) return;
    this.current = id;
    this.view = undefined;
    this.runs.clear();
    this.unread = undefined;
    if (id !== undefined) await this.read();
  }

  async read(): Promise<void> {
    const id = this.current;
    try {
      const reply = await this.backend.call({ do: 'status', which: this.which });
      if (id === this.current) this.adopt(reply);
    } catch (problem) {
      if (id === this.current) this.#missed(problem);
    }
  }

  /** Reads how the ledger is; with `verify`, after the engine has read its whole chain again. */
  async readLedger(verify: boolean): Promise<void> {
    const reply = await this.backend.call({ do: 'ledger', verify });
    if (reply.reply === 'ledger') this.ledger = reply.data;
  }

  /** Keeps everything at a glance up to date until the returned function is called. */
  showHome(): () => void {
    this.#homely = true;
    void this.#refreshHome();
    return () => {
      this.#homely = false;
    };
  }

  /** One reading at a time; what changes meanwhile is read once more. */
  async #refreshHome(): Promise<void> {
    if (this.#homeBusy) {
      this.#homeAgain = true;
      return;
    }
    this.#homeBusy = true;
    try {
      do {
        this.#homeAgain = false;
        await this.#readHome();
      } while (this.#homeAgain && this.#homely);
    } catch (problem) {
      this.#missed(problem);
    } finally {
      this.#homeBusy = false;
    }
  }

  async #readHome(): Promise<void> {
    const reply = await this.backend.call({ do: 'home' });
    if (reply.reply !== 'home') return;
    this.home = reply.data;
    if (!this.view) this.clock.set(reply.data.now, this.#speed());
  }

  /** Reads the kept output of a check's newest finished run; a check that never ended has none. */
  async readLog(name: string): Promise<Fault | null> {
    try {
      const reply = await this.backend.call({ do: 'check_log', which: this.which, name });
      if (reply.reply === 'log') this.runs.keep(reply.data);
      return null;
    } catch (problem) {
      return asFault(problem);
    }
  }

  /**
   * Puts the window on the other ground and reads what is there.
   * @param moved called when the ground has changed and nothing of it is known yet
   */
  async change(to: Ground, moved?: () => void): Promise<void> {
    if (to === 'rehearsal') await this.backend.beginRehearsal();
    else await this.backend.leaveRehearsal();
    this.#forget();
    moved?.();
    await this.readAll();
  }

  /** Takes over what an answer says about the shown release. */
  adopt(reply: Reply): void {
    if (reply.reply === 'release') this.#show(reply.data);
    if (reply.reply === 'practice') this.#pace(reply.data);
  }

  take(push: Push): void {
    switch (push.push) {
      case 'releases':
        this.releases = push.releases;
        if (this.#homely) void this.#refreshHome();
        break;
      case 'ledger':
        this.ledger = push.view;
        break;
      case 'release':
        this.#show(push.view);
        break;
      case 'sampled':
        if (push.release === this.current) this.sampled += 1;
        break;
      case 'output':
        if (push.release === this.current) this.runs.take(push);
        break;
      case 'practice':
        this.#pace(push.view);
        break;
      case 'progress':
        this.progress = push.line;
        break;
    }
  }

  #show(view: ReleaseView): void {
    if (view.head.id !== this.current) return;
    const behind = this.view ? this.view.now - view.now : 0;
    if (behind > 0 && behind < RACE_MS) return;
    this.view = view;
    this.unread = undefined;
    this.clock.set(view.now, this.#speed());
    for (const check of this.runs.over(view.checks)) void this.readLog(check);
  }

  #pace(practice: PracticeView): void {
    this.practice = practice;
    if (this.rehearsing) this.clock.pace(this.#speed());
  }

  #speed(): number {
    if (!this.practice || !this.rehearsing) return 1;
    return this.practice.paused ? 0 : this.practice.running_at;
  }

  async #practice(): Promise<PracticeView | undefined> {
    const reply = await this.backend.call({ do: 'practice', change: null });
    return reply.reply === 'practice' ? (reply satisfies ReplyOf<'practice'>).data : undefined;
  }

  #missed(problem: unknown): void {
    this.unread = { fault: asFault(problem), at: Date.now() };
  }

  #forget(): void {
    this.ground = undefined;
    this.current = undefined;
    this.view = undefined;
    this.releases = undefined;
    this.practice = undefined;
    this.ledger = undefined;
    this.home = undefined;
    this.progress = undefined;
    this.unread = undefined;
    this.runs.clear();
    this.clock.set(Date.now());
  }
}

export const [getWorkspace, setWorkspace] = createContext<Workspace>();

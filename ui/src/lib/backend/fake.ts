// A backend of made-up releases, for building the interface and for its tests.
import type {
  AttentionView,
  ConnectPlan,
  Push,
  PracticeView,
  ReleaseView,
  Reply,
  Request,
  StepPreview,
  Which,
} from '$lib/wire/wire';
import type { Backend, Called, Confirmed, Ground, Unsubscribe } from './backend';
import { PRACTICE } from './fake/base';
import { answerConnections } from './fake/connections';
import { cardOf, eventAt, eventsOf, homeOf, ledgerOf } from './fake/home';
import { readiness } from './fake/readiness';
import { breach, rehearsal, rollout, unknown } from './fake/rollout';
import { seriesOf } from './fake/series';

type Kind = Request['do'];
type Of<K extends Kind> = Extract<Request, { do: K }>;
type Answer<K extends Kind> = (request: Of<K>) => Reply | Promise<Reply>;

const SCENES: Record<string, () => ReleaseView[]> = {
  home: () => [rollout(), breach2(), readiness(), over()],
  readiness: () => [readiness(), rollout()],
  rollout: () => [rollout(), readiness()],
  breach: () => [breach(), readiness()],
  rehearsal: () => [rehearsal()],
  unknown: () => [unknown(), readiness()],
  empty: () => [],
};

/** Other names for releases that stand beside others. */
function named(view: ReleaseView, project: string, version: string): ReleaseView {
  const head = { ...view.head, id: `${project}-${version}`, project, version };
  return { ...view, head };
}

const breach2 = () => named(breach(), 'field-forms', '7.0.1');

function over(): ReleaseView {
  const view = named(rollout(), 'docs-site', '1.18');
  return { ...view, acts: [], head: { ...view.head, over: true, lifecycle: 'closed' } };
}

const forwardPreview = (view: ReleaseView): StepPreview => ({
  title: `${view.rollout.decision.forward ?? 'Advance'}?`,
  action: view.rollout.decision.forward ?? 'Advance',
  release: view.head.id,
  expect: view.head.position,
  consequences: ['All visitors get the new version.', '4 guardrails look at it from then on.'],
  calls: [{ method: 'RUN', target: './deploy/share', body: ['4.12.0-rc.3 100', 'in /srv/reserve-web'] }],
  checks: [
    { state: 'pass', text: '1 of 1 criteria hold to enter stage 3' },
    { state: 'pass', text: 'The way back is releases/4.11.2-3fWc' },
  ],
});

const backPreview = (view: ReleaseView): StepPreview => ({
  title: `Roll ${view.head.project} ${view.head.version} back?`,
  action: 'Roll back now',
  release: view.head.id,
  expect: view.head.position,
  consequences: [
    '25 % of visitors move back to releases/4.11.2-3fWc.',
    'The release then waits for its next candidate.',
  ],
  calls: [{ method: 'RUN', target: './deploy/rollback', body: ['releases/4.11.2-3fWc'] }],
  checks: [],
});

/**
 * Answers what every scene can be asked and keeps what was asked. A request nobody gave an answer for is an error
 * that no part of the interface can swallow, so that a test which meets one fails.
 */
export class FakeBackend implements Backend {
  readonly asked: Request[] = [];
  readonly kept: Which[] = [];
  practice: PracticeView = PRACTICE;
  attention: AttentionView = { quiet: null, names_hidden: false, service: 'dunst 1.9.0', problem: null };
  /** Entries of the ledger, and how many of them were verified. */
  events = 1851;
  verified = 1842;
  #ground: Ground;
  #listeners: ((push: Push) => void)[] = [];
  readonly #answers: Partial<Record<Kind, (request: Request) => Reply | Promise<Reply>>> = {};

  constructor(
    public views: ReleaseView[],
    ground: Ground = 'workspace',
  ) {
    this.#ground = ground;
    this.on('releases', () => ({ reply: 'releases', data: this.views.map(cardOf) }));
    this.on('status', ({ which }) => ({ reply: 'release', data: this.view(which) }));
    this.on('series', (request) => this.#series(request));
    this.on('preview', ({ which }) => ({ reply: 'preview', data: forwardPreview(this.view(which)) }));
    this.on('preview_rollback', ({ which }) => ({ reply: 'preview', data: backPreview(this.view(which)) }));
    this.on('practice', ({ change }) => this.#practice(change));
    this.on('home', () => ({ reply: 'home', data: homeOf(this.views) }));
    this.on('ledger', ({ verify }) => {
      if (verify) this.verified = this.events;
      return { reply: 'ledger', data: ledgerOf(this.events, this.verified) };
    });
    this.on('log', (request) => ({
      reply: 'events',
      data: eventsOf(request, this.views.length > 0 ? this.events : 0, this.views[0]?.head.id ?? null),
    }));
    this.on('event', ({ seq }) => {
      const event = eventAt(seq, this.views[0]?.head.id ?? null);
      const stored = JSON.stringify({ v: 1, seq, kind: event.kind, actor: event.actor }, null, 2);
      return { reply: 'event', data: { event, previous: eventAt(seq - 1, null).hash, stored } };
    });
    this.on('attention', ({ change }) => this.#attend(change));
    this.on('try_notice', () => ({ reply: 'done' }));
    this.on('seen', ({ which }) => {
      const view = this.view(which);
      this.change({ ...view, notices: { ...view.notices, open: [] } });
      return { reply: 'release', data: this.view(which) };
    });
    answerConnections(this);
    this.on('doctor', () => ({
      reply: 'doctor',
      data: {
        lines: [
          { what: 'person', state: 'pass', text: 'Mara Lindqvist' },
          { what: 'version', state: 'pass', text: '0.1.0' },
        ],
      },
    }));
  }

  /** A scene by its name; an unknown name shows a window without releases. */
  static of(scene: string): FakeBackend {
    const views = (SCENES[scene] ?? (() => []))();
    const fake = new FakeBackend(views, scene === 'rehearsal' ? 'rehearsal' : 'workspace');
    fake.#play();
    return fake;
  }

  /** Gives or replaces the answer to a kind of request; a fault is thrown. */
  on<K extends Kind>(kind: K, answer: Answer<K>): this {
    this.#answers[kind] = answer as (request: Request) => Reply | Promise<Reply>;
    return this;
  }

  view(which: Which): ReleaseView {
    const view = this.views.find((one) => one.head.id === which.release) ?? this.views[0];
    if (!view) throw { code: 'bad_input', message: 'there is no release', help: null, missing: [] };
    return view;
  }

  push(push: Push): void {
    for (const listener of this.#listeners) listener(push);
  }

  /** Changes a release and tells everybody, as the engine does. */
  change(view: ReleaseView): void {
    this.views = this.views.map((one) => (one.head.id === view.head.id ? view : one));
    this.push({ push: 'release', view });
  }

  call(request: Called): Promise<Reply> {
    return this.#answer(request);
  }

  ask(request: Confirmed): Promise<Reply> {
    return this.#answer(request);
  }

  connect(plan: ConnectPlan): Promise<Reply> {
    return this.#answer({ do: 'connect', order: { plan, token: '' } });
  }

  unlock(): Promise<Reply> {
    return this.#answer({ do: 'unlock', passphrase: '' });
  }

  async subscribe(onPush: (push: Push) => void): Promise<Unsubscribe> {
    this.#listeners.push(onPush);
    // As the engine does: first of all the list, before anything was asked.
    onPush({ push: 'releases', releases: this.views.map(cardOf) });
    return async () => {
      this.#listeners = this.#listeners.filter((one) => one !== onPush);
    };
  }

  async ground(): Promise<Ground> {
    return this.#ground;
  }

  async beginRehearsal(): Promise<void> {
    this.#ground = 'rehearsal';
    this.views = [rehearsal()];
  }

  async leaveRehearsal(): Promise<void> {
    this.#ground = 'workspace';
    this.views = [];
  }

  async keepReport(which: Which): Promise<string> {
    this.kept.push(which);
    return '/home/mara/.local/share/seaworthy/reports/ledger-api-2.8.0.html';
  }

  async #answer(request: Request): Promise<Reply> {
    this.asked.push(request);
    const answer = this.#answers[request.do];
    if (answer) return answer(request);
    const error = new Error(`the fake has no answer to "${request.do}"`);
    queueMicrotask(() => {
      throw error;
    });
    throw error;
  }

  #attend(change: Of<'attention'>['change']): Reply {
    const quiet = change?.quiet;
    if (quiet?.set === 'off') this.attention = { ...this.attention, quiet: null };
    if (quiet?.set === 'hours') {
      const [from = '', to = ''] = quiet.hours.split('-');
      if (!/^\d\d:\d\d$/.test(from) || from === to)
        throw { code: 'bad_input', message: 'quiet hours are two times of day', help: null, missing: [] };
      this.attention = { ...this.attention, quiet: { from, to, zone: quiet.zone } };
    }
    const hidden = change?.names_hidden ?? this.attention.names_hidden;
    this.attention = { ...this.attention, names_hidden: hidden };
    return { reply: 'attention', data: this.attention };
  }

  #series({ which, guardrail, window_ms: window }: Of<'series'>): Reply {
    const found = this.view(which).rollout.guardrails.find((one) => one.name === guardrail);
    if (!found) throw { code: 'bad_input', message: `no guardrail ${guardrail}`, help: null, missing: [] };
    return { reply: 'series', data: seriesOf(found, window) };
  }

  #practice(change: Of<'practice'>['change']): Reply {
    if (change?.set === 'speed')
      this.practice = { ...this.practice, speed: change.times, running_at: change.times };
    if (change?.set === 'paused') this.practice = { ...this.practice, paused: change.on };
    if (change?.set === 'fault') {
      const faults = this.practice.faults.map((one) =>
        one.name === change.name ? { ...one, on: change.on } : one,
      );
      this.practice = { ...this.practice, faults };
    }
    return { reply: 'practice', data: this.practice };
  }

  /** What only a person who tries the window needs: checks that talk, logs that can be read. */
  #play(): void {
    const green = '\u001b[32m✓\u001b[0m';
    const text = Array.from(
      { length: 60 },
      (_, n) => `${green} refuses content type ${n} \u001b[2m(5 ms)\u001b[0m\n`,
    );
    this.on('check_log', ({ name }) => ({
      reply: 'log',
      data: { check: name, run: `run-${name}`, text: text.join(''), dropped_bytes: 0 },
    }));
    const release = this.views[0]?.head.id ?? '';
    setTimeout(() => {
      const line = (seq: number) => ({ release, check: 'input', run: 'run-input', seq, err: false });
      text.forEach((piece, seq) => this.push({ push: 'output', ...line(seq), text: piece }));
    }, 300);
  }
}

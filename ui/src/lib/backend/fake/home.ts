import type {
  EventPage,
  EventView,
  HomeRow,
  HomeView,
  LedgerView,
  ReleaseCard,
  ReleaseView,
  Request,
  TimerView,
  WaitingView,
} from '$lib/wire/wire';
import { HOUR, MINUTE, NOW } from './base';

export function cardOf(view: ReleaseView): ReleaseCard {
  const { id, project, version, lifecycle, over } = view.head;
  const state = view.bearing.may_move.state ?? 'pending';
  return { id, project, version, state, lifecycle, over, updated: view.now };
}

function waitsOf(view: ReleaseView): WaitingView[] {
  if (view.head.over) return [];
  const { id, project, version } = view.head;
  const base = { release: id, name: `${project} ${version}` };
  const { decision } = view.rollout;
  if (view.rollout.guardrails.some((one) => one.over !== null))
    return [
      { ...base, state: 'fail', word: 'Over limit', title: decision.title, line: decision.line, act: null },
    ];
  const act = view.acts.find((one) => one.kind.act !== 'wait');
  if (decision.state === 'pass' && decision.forward !== null) {
    const forward = act ?? {
      state: 'pass' as const,
      title: decision.forward,
      line: decision.line,
      command: null,
      kind: { act: 'advance' as const },
    };
    const line = view.bearing.may_move.line;
    return [{ ...base, state: 'pass', word: 'May move', title: decision.forward, line, act: forward }];
  }
  if (!act) return [];
  const word = act.state === 'fail' ? 'Fail' : 'Pending';
  return [{ ...base, state: act.state, word, title: act.title, line: act.line, act }];
}

function timersOf(view: ReleaseView): TimerView[] {
  const due = view.rollout.decision.rollback_due;
  const rollback: TimerView[] = due === null ? [] : [{ at: due, state: 'fail', text: 'automatic rollback' }];
  const watches = view.rollout.watches.filter((one) => one.state === 'running');
  return [
    ...rollback,
    ...watches.map((one): TimerView => ({
      at: view.now + 7 * HOUR,
      state: 'pending',
      text: `${one.name} can end`,
    })),
    { at: view.now + 16 * HOUR, state: 'stale', text: 'Vulnerability scan becomes stale' },
  ];
}

function rowOf(view: ReleaseView): HomeRow {
  const exposed = view.rollout.stages.some((stage) => stage.entered !== null);
  return {
    card: cardOf(view),
    policy: view.head.policy,
    phases: view.phases.map(({ title, state, current }) => ({ title, state, current })),
    bearing: view.bearing,
    next: view.acts[0] ?? null,
    timers: view.head.over ? [] : timersOf(view),
    lane:
      exposed && !view.head.over
        ? {
            from: NOW - 40 * HOUR,
            to: NOW,
            gaps: [{ from: NOW - 7 * HOUR, to: NOW - 7 * HOUR + 48 * MINUTE, cause: 'asleep' }],
          }
        : null,
  };
}

export function homeOf(views: ReleaseView[]): HomeView {
  const rank = (one: WaitingView) => (one.act === null ? 0 : one.state === 'pass' ? 1 : 2);
  const waiting = views.flatMap(waitsOf).toSorted((a, b) => rank(a) - rank(b));
  return {
    waiting: waiting.slice(0, 5),
    waiting_total: waiting.length,
    releases: views.map(rowOf),
    now: NOW,
  };
}

export function ledgerOf(events: number, verified: number): LedgerView {
  return {
    state: 'pass',
    events,
    verified,
    verified_at: NOW - 4 * MINUTE,
    head: 'b07e5d20'.repeat(8),
    lines: [
      { state: 'pass', text: `Chain: ${verified} of ${events} entries fit` },
      { state: 'pass', text: 'The anchor outside the file agreed at the start' },
    ],
  };
}

const KINDS: [EventView['kind'], EventView['state'], string, string][] = [
  ['check.finished', 'pass', 'Check passed: 41 of 41 passed', 'Mara Lindqvist'],
  ['op.outcome', 'pass', 'It took effect', 'this computer'],
  ['op.intended', 'running', 'Giving 4.12.0-rc.3 25 % of production', 'Mara Lindqvist'],
  ['gap.recorded', 'no_data', 'Nobody looked for 48m (asleep)', 'this computer'],
  ['hold.set', 'hold', 'On hold: Support is flooded', 'Jonas Weber'],
  ['guardrail.breached', 'fail', 'errors breached, rolling back: 2.41 % for 5m', 'this computer'],
  ['attestation.made', 'pass', 'Attested as security: Credentials are rotated', 'Priya Nair'],
  ['check.started', 'running', 'Check audit started on rc.2', 'Mara Lindqvist'],
];

const GROUPS: Record<string, string[]> = {
  decisions: ['hold.set', 'attestation.made'],
  calls: ['op.intended', 'op.outcome'],
  evidence: ['check.started', 'check.finished', 'guardrail.breached'],
  gaps: ['gap.recorded'],
};

export function eventAt(seq: number, release: string | null): EventView {
  const [kind, state, text, actor] = KINDS[seq % KINDS.length] ?? KINDS[0] ?? ['', 'pass', '', ''];
  const hash = (seq * 2_654_435_761).toString(16).padStart(12, '0').repeat(6).slice(0, 64);
  return {
    seq,
    at: NOW - (2000 - seq) * 7 * MINUTE,
    actor,
    kind,
    state,
    text,
    release,
    release_name: null,
    call: null,
    back: false,
    hash,
  };
}

/** A page of made-up entries, filtered as the engine filters. */
export function eventsOf(
  request: Extract<Request, { do: 'log' }>,
  total: number,
  release: string | null,
): EventPage {
  const wanted = (request.search ?? '').toLowerCase().split(/\s+/u).filter(Boolean);
  const kinds = request.group === null ? undefined : GROUPS[request.group];
  const fits = (event: EventView) => {
    const said = `${event.text} ${event.actor} ${event.kind}`.toLowerCase();
    return (!kinds || kinds.includes(event.kind)) && wanted.every((word) => said.includes(word));
  };
  const below = Math.min(total, (request.before ?? total + 1) - 1);
  const all = Array.from({ length: below }, (_, n) => eventAt(below - n, release)).filter(fits);
  const events = all.slice(0, request.limit);
  return { events, next: all.length > request.limit ? (events.at(-1)?.seq ?? null) : null, doubt: null };
}

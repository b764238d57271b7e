import type {
  CheckView,
  CriterionView,
  GateView,
  GuardrailView,
  HappenedView,
  PhaseView,
  PracticeView,
  ReleaseView,
  State,
} from '$lib/wire/wire';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** Thu 17 Sep 2026, 14:06 in Berlin; the moment the pictures show. */
export const NOW = Date.UTC(2026, 8, 17, 12, 6);
export const COMMIT = '9f3c1ab04d2e5d77a6f0c1b2e9d8a7654321fe0c';
const DIGEST = '41c97d02b6a85f30c2e19d7745aa01f3886bd2e4c09f713a5d6be8127f04e07b';

export function criterion(
  gate: string,
  id: string,
  title: string,
  state: State,
  reason: string,
  rest: Partial<CriterionView> = {},
): CriterionView {
  const seen = state === 'pending' || state === 'no_data' ? null : NOW - 54 * MINUTE;
  return {
    name: `${gate}/${id}`,
    title,
    mono: false,
    state,
    reason,
    source: '',
    evidence: seen === null ? null : DIGEST,
    seen,
    fresh_until: null,
    at_passage: false,
    check: null,
    attest: false,
    ...rest,
  };
}

const RANK: State[] = ['fail', 'inconclusive', 'no_data', 'stale', 'running', 'pending'];

function worst(states: State[]): State {
  return RANK.find((state) => states.includes(state)) ?? 'pass';
}

export function gate(
  id: string,
  title: string,
  owner: string,
  guards: string | null,
  criteria: CriterionView[],
  passed: number | null = null,
): GateView {
  return { id, title, owner, guards, state: worst(criteria.map((one) => one.state)), passed, criteria };
}

export function phase(id: string, title: string, gates: GateView[], current = false): PhaseView {
  const criteria = gates.flatMap((one) => one.criteria);
  const holding = criteria.filter((one) => one.state === 'pass' || one.state === 'waived').length;
  return {
    id,
    title,
    state: worst(gates.map((one) => one.state)),
    holding,
    total: criteria.length,
    gates,
    current,
  };
}

export function check(name: string, title: string, state: State, rest: Partial<CheckView> = {}): CheckView {
  return {
    name,
    title,
    what: `npm run ${name}`,
    state,
    summary: 'exit 0',
    candidate: 'rc.2',
    run: `run-${name}`,
    started: NOW - 54 * MINUTE,
    took_ms: 41_000,
    approved: true,
    ...rest,
  };
}

export function guardrail(
  name: string,
  rule: string,
  line: string,
  rest: Partial<GuardrailView> = {},
): GuardrailView {
  return {
    name,
    rule,
    then: 'roll back',
    state: 'pass',
    line,
    over: null,
    value: null,
    seen: NOW - 15_000,
    source: 'prober',
    ...rest,
  };
}

export function happened(
  seq: number,
  at: number,
  state: State,
  text: string,
  actor = 'this computer',
): HappenedView {
  return { seq, at, state, text, actor };
}

/** A release on which nothing has happened; scenes change what they are about. */
export function release(project: string, version: string): ReleaseView {
  return {
    head: {
      id: `${project}-${version}`,
      project,
      version,
      candidate: 'rc.2',
      commit: COMMIT,
      policy: 'Web service 7',
      frozen: Date.UTC(2026, 8, 11, 9, 0),
      lifecycle: 'candidate named',
      position: 'candidate:2',
      over: false,
      rolled_back: false,
      hold: null,
      rehearsal: false,
    },
    bearing: {
      may_move: { state: 'pending', answer: 'Not yet', line: '' },
      blocks: { state: null, answer: 'Nothing', line: '' },
      production: { state: null, answer: 'Not this release yet', line: '' },
      happened: { state: null, answer: 'Nothing yet', line: '' },
    },
    phases: [],
    acts: [],
    checks: [],
    rollout: {
      stages: [],
      guardrails: [],
      metrics: [],
      watches: [],
      armed: { state: 'pending', text: 'Nothing to arm before traffic moves', lines: [] },
      way_back: { state: 'pending', line: 'is looked up at the deploy', seen: null },
      operation: null,
      decision: {
        title: 'Nothing to decide',
        state: 'pending',
        line: '',
        forward: null,
        step: null,
        refusing: true,
        rollback_due: null,
      },
    },
    notices: { open: [], unheard: [] },
    recent: [],
    doubt: null,
    also: [],
    now: NOW,
  };
}

export const PRACTICE: PracticeView = {
  speed: 600,
  running_at: 60,
  speeds: [1, 60, 600, 10_000],
  paused: false,
  faults: [
    { name: 'error-rate', title: 'A bad release', line: 'four requests of ten fail', on: true },
    { name: 'latency', title: 'A slow release', line: 'every answer takes 400 ms', on: false },
    { name: 'no-data', title: 'Nothing to see', line: 'only the old version answers', on: false },
  ],
  seed: '4711',
};

import type {
  ArmedView,
  GuardrailView,
  HappenedView,
  ObservedView,
  PhaseView,
  ReleaseView,
  StageView,
} from '$lib/wire/wire';
import { criterion, gate, guardrail, happened, HOUR, MINUTE, NOW, phase, release } from './base';

const at = (ms: number) => NOW - ms;
const entered = at(50 * HOUR);
const THIN = '\u202f';

const soak: ObservedView = {
  from: entered,
  observed_ms: 48 * HOUR + 6 * MINUTE,
  needed_ms: 48 * HOUR,
  lost_ms: 58 * MINUTE,
  coverage: `98${THIN}%`,
  needed_coverage: `95${THIN}%`,
  gaps: [
    { from: at(7 * HOUR + 10 * MINUTE), to: at(6 * HOUR + 22 * MINUTE), cause: 'asleep' },
    { from: at(3 * HOUR + 38 * MINUTE), to: at(3 * HOUR + 28 * MINUTE), cause: 'offline' },
  ],
};

const stages: StageView[] = [
  {
    number: 1,
    name: 'Internal',
    share: '5',
    state: 'pass',
    word: 'Done',
    line: `24${THIN}h 02${THIN}min of 24${THIN}h observed`,
    observed: null,
    entered: at(76 * HOUR),
  },
  {
    number: 2,
    name: 'Beta',
    share: '25',
    state: 'running',
    word: 'Deciding',
    line: `48${THIN}h 06${THIN}min of 48${THIN}h observed`,
    observed: soak,
    entered,
  },
  {
    number: 3,
    name: 'Everybody',
    share: '100',
    state: 'pending',
    word: 'Pending',
    line: 'no soak, watched afterwards',
    observed: null,
    entered: null,
  },
];

const phases: PhaseView[] = [
  phase('prepare', 'Prepare', [
    gate(
      'scope',
      'Scope',
      'captain',
      'freeze the scope',
      [
        criterion(
          'scope',
          'goal',
          'Everybody knows what this release is for',
          'pass',
          'Attested by Mara Lindqvist',
          { attest: true, source: 'attestation', at_passage: true },
        ),
      ],
      at(200 * HOUR),
    ),
  ]),
  phase(
    'roll-out',
    'Roll out',
    [
      gate('expand', 'Expand', 'captain', 'enter stage 3', [
        criterion('expand', 'errors', 'error_rate < 1%', 'pass', `0.21${THIN}%`, {
          mono: true,
          source: 'probe',
          seen: at(15_000),
        }),
      ]),
    ],
    true,
  ),
];

const guardrails: GuardrailView[] = [
  guardrail(
    'errors',
    'error_rate > 1% for 5m with >= 100 requests',
    `quiet, 0.21${THIN}% is not over 1${THIN}%`,
    { value: `0.21${THIN}%` },
  ),
  guardrail('latency', 'p95_latency > 250ms for 10m', `quiet, 171${THIN}ms is not over 250${THIN}ms`, {
    value: `171${THIN}ms`,
  }),
  guardrail('memory', 'memory > 90% for 5m', `quiet, 64${THIN}% is not over 90${THIN}%`, {
    value: `64${THIN}%`,
    then: 'hold',
  }),
  guardrail('queue', 'queue_length > 500 for 10m', 'quiet, 112 is not over 500', {
    value: '112',
    then: 'notify',
  }),
];

const armed: ArmedView = {
  state: 'armed',
  text: `Armed 6 of 6, looks every 15${THIN}s`,
  lines: [
    'somebody is watching',
    'errors has data',
    'latency has data',
    'memory has data',
    'queue has data',
    'there is an earlier deployment to go back to',
  ].map((text) => ({ state: 'pass', text })),
};

const recent: HappenedView[] = [
  happened(46, at(20 * MINUTE), 'pass', 'Stage 2 soaked, 48h observed'),
  happened(45, at(3 * HOUR + 28 * MINUTE), 'no_data', 'Nobody looked for 10m (offline)'),
  happened(44, at(6 * HOUR + 22 * MINUTE), 'no_data', 'Nobody looked for 48m (asleep)'),
  happened(43, entered, 'pass', 'It took effect'),
  happened(42, entered - MINUTE, 'running', 'Giving 4.12.0-rc.3 25% of production', 'Mara Lindqvist'),
  happened(31, at(76 * HOUR), 'pass', 'Gates passed for enter stage 1, 4 criteria', 'Mara Lindqvist'),
];

/** At a quarter of the traffic, soaked, the next step open. */
export function rollout(): ReleaseView {
  const base = release('reserve-web', '4.12.0');
  const forward = `Advance to 100${THIN}%`;
  return {
    ...base,
    head: {
      ...base.head,
      candidate: 'rc.3',
      lifecycle: 'rolling out',
      position: 'stage:2',
      policy: 'Staged cohorts 12',
    },
    bearing: {
      may_move: { state: 'pass', answer: 'Yes, you decide', line: 'Next: enter stage 3' },
      blocks: { state: null, answer: 'Nothing', line: 'Open: enter stage 3' },
      production: { state: 'pass', answer: `25${THIN}% on 4.12.0`, line: 'the rest on 4.11.2' },
      happened: { state: null, answer: 'Stage 2 soaked, 48h observed', line: 'by this computer' },
    },
    phases,
    acts: [
      {
        state: 'pending',
        title: forward,
        line: 'every gate says yes',
        command: 'seaworthy advance',
        kind: { act: 'advance' },
      },
    ],
    rollout: {
      ...base.rollout,
      stages,
      guardrails,
      watches: [{ name: 'hypercare', state: 'pending', line: `48${THIN}h to observe`, observed: null }],
      armed,
      way_back: { state: 'pass', line: 'releases/4.11.2-3fWc', seen: at(5 * MINUTE) },
      decision: {
        title: 'Decide: enter stage 3',
        state: 'pass',
        line: 'everything holds',
        forward,
        step: { step: 'advance' },
        refusing: false,
        rollback_due: null,
      },
    },
    recent,
  };
}

const LEFT = 98_000;

/** Over its limit, with the rollback a minute and a half away. */
export function breach(): ReleaseView {
  const base = rollout();
  const over = { since: at(202_000), for_ms: 202_000, of_ms: 300_000 };
  const [errors, ...rest] = base.rollout.guardrails;
  if (!errors) return base;
  return {
    ...base,
    bearing: {
      may_move: {
        state: 'fail',
        answer: 'No. A guardrail is over',
        line: `errors for 3${THIN}min of 5${THIN}min`,
      },
      blocks: { state: null, answer: '1 guardrail over its limit', line: `2.41${THIN}% is over 1${THIN}%` },
      production: { state: 'fail', answer: `25${THIN}% on 4.12.0`, line: 'the rest on 4.11.2' },
      happened: { state: null, answer: 'Stage 2 entered', line: 'by Mara Lindqvist' },
    },
    acts: [],
    rollout: {
      ...base.rollout,
      stages: base.rollout.stages.map((stage) =>
        stage.number === 2
          ? {
              ...stage,
              word: 'Soaking',
              line: `41${THIN}h 20${THIN}min of 48${THIN}h observed`,
              observed: { ...soak, from: at(42 * HOUR + 18 * MINUTE), observed_ms: 41 * HOUR + 20 * MINUTE },
            }
          : stage,
      ),
      guardrails: [
        { ...errors, state: 'fail', line: `2.41${THIN}% is over 1${THIN}%`, value: `2.41${THIN}%`, over },
        ...rest,
      ],
      armed: { ...base.rollout.armed, state: 'fail', text: 'Armed 6 of 6, 1 over' },
      decision: {
        ...base.rollout.decision,
        title: 'A guardrail is over its limit',
        state: 'fail',
        line: `errors for 3${THIN}min of 5${THIN}min`,
        refusing: true,
        rollback_due: NOW + LEFT,
      },
    },
    recent: [happened(47, at(202_000), 'incident', `errors: 2.41${THIN}% is over 1${THIN}%`), ...base.recent],
  };
}

/** A call went out and nobody knows what became of it. */
export function unknown(): ReleaseView {
  const base = rollout();
  const what = `Giving 4.12.0-rc.3 100${THIN}% of production`;
  return {
    ...base,
    bearing: {
      ...base.bearing,
      may_move: { state: 'unknown', answer: 'Unknown', line: `${what} has no known outcome` },
      blocks: { state: null, answer: `${what} has no known outcome`, line: '' },
    },
    acts: [
      {
        state: 'unknown',
        title: `Find out: ${what}`,
        line: 'nothing is sent before that',
        command: 'seaworthy reconcile',
        kind: { act: 'reconcile' },
      },
    ],
    rollout: {
      ...base.rollout,
      operation: {
        id: 'op-1',
        what,
        state: 'unknown',
        line: 'The connection broke before an answer came. Nothing will be sent again.',
        at: at(90_000),
      },
      decision: {
        ...base.rollout.decision,
        state: 'unknown',
        line: `${what} has no known outcome`,
        refusing: true,
      },
    },
    recent: [
      happened(48, at(80_000), 'unknown', 'Nobody knows whether it took effect: the connection broke'),
      ...base.recent,
    ],
  };
}

/** The practice world with a fault switched on. */
export function rehearsal(): ReleaseView {
  const base = breach();
  const [errors, latency] = base.rollout.guardrails;
  return {
    ...base,
    head: {
      ...base.head,
      id: 'practice',
      project: 'practice-harbor',
      version: '1.0.0',
      policy: 'Practice 1',
      candidate: 'rc.1',
      rehearsal: true,
    },
    rollout: { ...base.rollout, guardrails: [errors, latency].flatMap((one) => one ?? []) },
  };
}

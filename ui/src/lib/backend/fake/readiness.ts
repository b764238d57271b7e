import type { ActView, CheckView, HappenedView, PhaseView, ReleaseView } from '$lib/wire/wire';
import { check, criterion, gate, happened, HOUR, MINUTE, NOW, phase, release } from './base';

const past = (hours: number) => NOW - hours * HOUR;

const prepared: PhaseView[] = [
  phase('define', 'Define gates', [
    gate('policy', 'Policy', 'captain', null, [
      criterion('policy', 'reviewed', 'The policy was reviewed', 'pass', 'Attested by Mara Lindqvist', {
        attest: true,
        source: 'attestation',
        seen: past(150),
      }),
    ]),
  ]),
  phase('scope', 'Freeze scope', [
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
          { attest: true, source: 'attestation', seen: past(146), at_passage: true },
        ),
        criterion('scope', 'late', 'Late additions are named', 'pass', 'Attested by Jonas Weber', {
          attest: true,
          source: 'attestation',
          seen: past(145),
          at_passage: true,
        }),
      ],
      past(144),
    ),
  ]),
];

const quality: PhaseView = phase('quality', 'Quality', [
  gate(
    'code',
    'Code',
    'engineering',
    'deploy to staging',
    [
      criterion('code', 'lint', 'Lint is clean', 'pass', 'exit 0, 12 s', {
        check: 'lint',
        source: 'check lint',
        at_passage: true,
      }),
      criterion('code', 'unit', 'Unit tests pass', 'pass', '2,318 passed, 2 min 10 s', {
        check: 'test',
        source: 'check test',
        at_passage: true,
      }),
      criterion('code', 'build', 'The candidate builds', 'pass', 'exit 0, 1 min 02 s', {
        check: 'build',
        source: 'check build',
        at_passage: true,
      }),
    ],
    past(3),
  ),
]);

const security: PhaseView = phase(
  'security',
  'Security',
  [
    gate('dependencies', 'Dependencies', 'security', 'deploy to production', [
      criterion(
        'dependencies',
        'audit',
        'No high or critical vulnerability',
        'fail',
        '1 high: undici 6.19.2, request smuggling',
        { check: 'audit', source: 'check audit', fresh_until: NOW + 23 * HOUR },
      ),
      criterion(
        'dependencies',
        'licences',
        'Licences on the allowed list',
        'pass',
        '41 licences, all allowed',
        { check: 'licences', source: 'check licences', seen: past(2) },
      ),
    ]),
    gate('sessions', 'Sessions and input', 'quality', 'deploy to production', [
      criterion('sessions', 'suite', 'Session and token suite', 'pass', '41 of 41 passed', {
        check: 'sessions',
        source: 'check sessions',
        seen: past(1),
      }),
      criterion('sessions', 'input', 'Input validation suite', 'running', 'is running', {
        check: 'input',
        source: 'check input',
        seen: NOW,
      }),
      criterion('sessions', 'answers', 'Staging answers with this candidate', 'no_data', 'has not run', {
        check: 'answers',
        source: 'check answers',
      }),
    ]),
    gate('logging', 'Audit logging', 'operations', 'deploy to production', [
      criterion(
        'logging',
        'sink',
        'Audit events reach the sink',
        'stale',
        'Seen on rc.1 only, rc.2 changed the logger',
        { check: 'sink', source: 'check sink', seen: past(47) },
      ),
      criterion('logging', 'kept', 'Audit logs are kept for 30 days', 'pass', 'Attested by Dele Okafor', {
        attest: true,
        source: 'attestation',
        seen: past(20),
      }),
    ]),
    gate('credentials', 'Credentials', 'operations', 'deploy to production', [
      criterion(
        'credentials',
        'rotated',
        'Development credentials are rotated',
        'pending',
        'waits for operations',
        { attest: true, source: 'attestation' },
      ),
    ]),
  ],
  true,
);

const later: PhaseView[] = [
  phase('rollout', 'Rollout', [
    gate('expand', 'Expand', 'captain', 'enter stage 2', [
      criterion('expand', 'errors', 'error_rate < 1%', 'pending', 'no traffic yet', {
        mono: true,
        source: 'probe',
      }),
      criterion('expand', 'latency', 'p95_latency < 250ms', 'pending', 'no traffic yet', {
        mono: true,
        source: 'probe',
      }),
    ]),
  ]),
  phase('close', 'Stabilise', [
    gate('done', 'Done', 'captain', 'close the release', [
      criterion('done', 'quiet', 'error_rate < 1% over 24h', 'pending', 'no traffic yet', {
        mono: true,
        source: 'probe',
      }),
      criterion('done', 'lessons', 'What was learnt is written down', 'pending', 'waits for captain', {
        attest: true,
        source: 'attestation',
      }),
    ]),
  ]),
];

const checks: CheckView[] = [
  check('audit', 'Vulnerability scan', 'fail', {
    what: 'npm audit --audit-level=high',
    summary: 'exit 1: 1 high vulnerability',
  }),
  check('input', 'Input validation suite', 'running', {
    summary: 'is running',
    started: NOW - 40_000,
    took_ms: null,
  }),
  check('answers', 'Staging answers', 'no_data', {
    what: 'https://staging.ledger.test/health',
    summary: 'has not run',
    run: null,
    started: null,
    took_ms: null,
    approved: null,
  }),
  check('sink', 'Audit sink', 'stale', {
    summary: 'ran on rc.1 only: exit 0',
    candidate: 'rc.1',
    approved: false,
    started: past(47),
    took_ms: 62_000,
  }),
  check('sessions', 'Session suite', 'pass', { summary: '41 of 41 passed', started: past(1) }),
  check('licences', 'Licences', 'pass', {
    summary: '41 licences, all allowed',
    started: past(2),
    took_ms: 8000,
  }),
  check('lint', 'Lint', 'pass', { took_ms: 12_000, started: past(3) }),
  check('test', 'Unit tests', 'pass', { summary: '2,318 passed', took_ms: 130_000, started: past(3) }),
  check('build', 'Build', 'pass', { took_ms: 62_000, started: past(3) }),
];

const acts: ActView[] = [
  {
    state: 'fail',
    title: 'Run audit',
    line: '1 high: undici 6.19.2, request smuggling',
    command: 'seaworthy check audit',
    kind: { act: 'run_check', check: 'audit' },
  },
  {
    state: 'running',
    title: 'Run input',
    line: 'is running',
    command: 'seaworthy check input',
    kind: { act: 'run_check', check: 'input' },
  },
  {
    state: 'no_data',
    title: 'Deploy to staging',
    line: 'the check looks at staging, and rc.2 is not there',
    command: 'seaworthy deploy --env staging',
    kind: { act: 'deploy', environment: 'staging' },
  },
  {
    state: 'stale',
    title: 'Run sink',
    line: 'Seen on rc.1 only, rc.2 changed the logger',
    command: 'seaworthy check sink',
    kind: { act: 'run_check', check: 'sink' },
  },
  {
    state: 'pending',
    title: 'Attest as operations: Development credentials are rotated',
    line: 'waits for operations',
    command: 'seaworthy attest credentials/rotated',
    kind: { act: 'attest', criterion: 'credentials/rotated' },
  },
];

const recent: HappenedView[] = [
  happened(69, NOW - 40_000, 'running', 'Check input started on rc.2', 'Mara Lindqvist'),
  happened(68, NOW - 54 * MINUTE, 'fail', 'Check failed: exit 1: 1 high vulnerability', 'Mara Lindqvist'),
  happened(67, past(3), 'pass', 'Gates passed for deploy to staging, 3 criteria', 'Mara Lindqvist'),
  happened(66, past(4), 'pass', 'Named rc.2, commit 9f3c1ab0', 'Mara Lindqvist'),
  happened(65, past(144), 'pass', 'Froze scope and policy (Web service 7)', 'Mara Lindqvist'),
];

/** On the way to production, with every kind of fact that can be missing. */
export function readiness(): ReleaseView {
  const base = release('ledger-api', '2.8.0');
  return {
    ...base,
    bearing: {
      may_move: {
        state: 'fail',
        answer: 'No, 5 facts missing',
        line: 'No high or critical vulnerability: 1 high: undici 6.19.2',
      },
      blocks: { state: null, answer: 'No high or critical vulnerability', line: 'and 4 more facts' },
      production: { state: null, answer: 'Not this release yet', line: '2.7.3 serves all traffic' },
      happened: { state: null, answer: 'Check input started on rc.2', line: 'by Mara Lindqvist' },
    },
    phases: [...prepared, quality, security, ...later],
    acts,
    checks,
    recent,
    rollout: {
      ...base.rollout,
      stages: [
        {
          number: 1,
          name: 'Canary',
          share: '5',
          state: 'pending',
          word: 'Pending',
          line: '1 h to observe',
          observed: null,
          entered: null,
        },
        {
          number: 2,
          name: 'Beta',
          share: '25',
          state: 'pending',
          word: 'Pending',
          line: '48 h to observe',
          observed: null,
          entered: null,
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
      ],
      decision: {
        title: 'Decide: deploy to production',
        state: 'fail',
        line: 'No high or critical vulnerability: 1 high: undici 6.19.2',
        forward: 'Deploy to production',
        step: { step: 'deploy', environment: 'production' },
        refusing: true,
        rollback_due: null,
      },
    },
  };
}

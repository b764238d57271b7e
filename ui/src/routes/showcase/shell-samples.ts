import { TONES, type GlyphName, type Tone, type TreeNode } from '$lib/kit';
import { text } from '$lib/text/en';
import type { NavRelease, Phase } from '$lib/shell';

export interface Row {
  state: GlyphName;
  tone: Tone;
  word: string;
  because: string;
  evidence: string;
  seen: string;
  rule: boolean;
}

type Leaf = [id: string, name: string, state: GlyphName, because: string, evidence: string, seen: string];

function node([id, name, state, because, evidence, seen]: Leaf, children?: TreeNode<Row>[]): TreeNode<Row> {
  const rule = /[=<>]/u.test(name);
  return {
    id,
    name,
    children,
    data: { state, tone: TONES[state], word: text.states[state], because, evidence, seen, rule },
  };
}

export const nodes: TreeNode<Row>[] = [
  node(
    ['root', 'Security hardening', 'fail', 'No high or critical open, and sign-off', '', ''],
    [
      node(
        ['deps', 'Dependencies', 'fail', 'Priya Nair, Security', '', ''],
        [
          node([
            'high',
            'count(vuln_high) == 0',
            'fail',
            '1 high: undici 6.19.2, request smuggling',
            'scan #218',
            '54 min',
          ]),
          node([
            'critical',
            'count(vuln_critical) == 0',
            'pass',
            '0 critical in 1,204 packages',
            'scan #218',
            '54 min',
          ]),
          node([
            'licences',
            'Licences on the allowed list',
            'pass',
            '41 licences, all allowed',
            'licences #88',
            '2 h',
          ]),
        ],
      ),
      node(
        ['creds', 'Credentials and privileges', 'inconclusive', 'Dele Okafor, Operations', '', ''],
        [
          node([
            'rotated',
            'Development credentials rotated',
            'pass',
            'Attested, 9 keys listed',
            'attestation',
            'Wed',
          ]),
          node([
            'least',
            'Least privilege at run time',
            'inconclusive',
            '2 of 3 roles read',
            'iam-read #12',
            '3 h',
          ]),
        ],
      ),
      node(
        ['input', 'Sessions and input', 'no_data', 'Lena Brandt, QA', '', ''],
        [
          node([
            'suite',
            'Input validation suite',
            'running',
            '212 of 340 done, about 3 min left',
            'CI on 9f3c1ab',
            'now',
          ]),
          node([
            'csp',
            'csp_violations == 0 over 24h',
            'no_data',
            'Nothing received since 09:40',
            'csp endpoint',
            'none',
          ]),
        ],
      ),
      node(
        ['audit', 'Audit logging', 'stale', 'Dele Okafor, Operations', '', ''],
        [
          node(['sink', 'Audit events reach the sink', 'stale', 'Seen on rc.1 only', 'sink-test #31', 'Tue']),
          node([
            'kept',
            'Audit logs kept for 30 d',
            'waived',
            'Measured 20 d, risk owner T. Ibarra',
            'waiver W-4',
            '30 Sep',
          ]),
          node([
            'mobile',
            'Mobile certificate pinning',
            'not_applicable',
            'No change under mobile/**',
            'computed',
            '',
          ]),
        ],
      ),
      node(['sign', 'Security sign-off', 'pending', 'Void. Signed over scan #214', 'P. Nair', '11:05']),
    ],
  ),
];

export const phases: Phase[] = [
  { id: 'gates', name: 'Define gates', state: 'pass', word: 'Pass', part: 5, whole: 5 },
  { id: 'freeze', name: 'Freeze scope', state: 'pass', word: 'Pass', part: 5, whole: 5 },
  { id: 'environments', name: 'Environments', state: 'pass', word: 'Pass', part: 6, whole: 6 },
  { id: 'quality', name: 'Quality gates', state: 'pass', word: 'Pass', part: 7, whole: 7 },
  { id: 'security', name: 'Security', state: 'fail', word: 'Fail', part: 7, whole: 13 },
  { id: 'operations', name: 'Operations', state: 'pass', word: 'Pass', part: 6, whole: 6 },
  { id: 'rollout', name: 'Rollout', state: 'pending', word: 'Pending', part: 0, whole: 9 },
  { id: 'stabilise', name: 'Stabilise', state: 'pending', word: 'Pending', part: 0, whole: 11 },
];

export const releases: NavRelease[] = [
  { id: 'r1', name: 'reserve-web', version: '4.12.0', state: 'running', stateWord: 'Running', href: '#/r1' },
  {
    id: 'r2',
    name: 'ledger-api',
    version: '2.8.0',
    state: 'fail',
    stateWord: 'Fail',
    href: '#/r2',
    screens: [
      { id: 'readiness', label: 'Readiness', href: '#/readiness', keys: 'G R' },
      { id: 'rollout', label: 'Rollout', href: '#/rollout', keys: 'G O' },
    ],
  },
  { id: 'r3', name: 'field-forms', version: '7.0.1', state: 'incident', stateWord: 'Incident', href: '#/r3' },
  { id: 'r4', name: 'storefront', version: '2026.38', state: 'pending', stateWord: 'Pending', href: '#/r4' },
  { id: 'r5', name: 'docs-site', version: '1.19', state: 'no_data', stateWord: 'No data', href: '#/r5' },
];

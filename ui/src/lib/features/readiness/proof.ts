import { absolute, age, brief, duration, of, type Reader } from '$lib/format';
import type { TreeNode } from '$lib/kit';
import { words } from '$lib/text/release.en';
import type { ActView, CriterionView, GateView, PhaseView, ReleaseView, State } from '$lib/wire/wire';

/** What a row of the proof shows. */
export interface ProofRow {
  kind: 'phase' | 'gate' | 'criterion';
  state: State;
  because: string;
  source: string;
  seen: number | null;
  mono: boolean;
  criterion?: CriterionView;
}

const SATISFYING: ReadonlySet<State> = new Set(['pass', 'waived', 'not_applicable']);

export function isMissing(criterion: CriterionView): boolean {
  return !SATISFYING.has(criterion.state);
}

function gateBecause(gate: GateView, reader: Reader): string {
  const line = gate.guards === null ? gate.owner : words.proof.guards(gate.owner, gate.guards);
  return gate.passed === null ? line : `${line}, ${words.proof.passed(brief(gate.passed, reader))}`;
}

function leaf(criterion: CriterionView): TreeNode<ProofRow> {
  const { state, reason, source, seen, mono } = criterion;
  const data: ProofRow = { kind: 'criterion', state, because: reason, source, seen, mono, criterion };
  return { id: criterion.name, name: criterion.title, data };
}

/** One phase as a tree; with `missingOnly` gates that have nothing missing are left out. */
export function proofTree(phase: PhaseView, missingOnly: boolean, reader: Reader): TreeNode<ProofRow>[] {
  const gates = phase.gates.map((gate) => {
    const criteria = missingOnly ? gate.criteria.filter(isMissing) : gate.criteria;
    const because = gateBecause(gate, reader);
    const data: ProofRow = { kind: 'gate', state: gate.state, because, source: '', seen: null, mono: false };
    return { id: `gate ${gate.id}`, name: gate.title, data, children: criteria.map(leaf) };
  });
  const shown = missingOnly ? gates.filter((gate) => gate.children.length > 0) : gates;
  if (shown.length === 0) return [];
  const because = words.proof.phaseFacts(of(phase.holding, phase.total));
  const data: ProofRow = { kind: 'phase', state: phase.state, because, source: '', seen: null, mono: false };
  return [{ id: `phase ${phase.id}`, name: phase.title, data, children: shown }];
}

/** The phase to look at first: the one the next step waits for, else the first that does not hold. */
export function phaseInQuestion(view: ReleaseView): string | undefined {
  const open = view.phases.filter((phase) => !SATISFYING.has(phase.state));
  return (view.phases.find((phase) => phase.current) ?? open[0] ?? view.phases[0])?.id;
}

export function phaseOf(view: ReleaseView, criterion: string): string | undefined {
  const holds = (phase: PhaseView) =>
    phase.gates.some((gate) => gate.criteria.some((one) => one.name === criterion));
  return view.phases.find(holds)?.id;
}

/** The row to start on: the first fact that is missing, else the first fact. */
export function rowInQuestion(phase: PhaseView): string | undefined {
  const criteria = phase.gates.flatMap((gate) => gate.criteria);
  return (criteria.find(isMissing) ?? criteria[0])?.name;
}

/** "seen 13:12 CEST, good for 23 h" */
export function seenWords(criterion: CriterionView, reader: Reader): string {
  if (criterion.seen === null) return words.proof.notSeen;
  const parts = [words.proof.seen(absolute(criterion.seen, reader))];
  if (criterion.fresh_until !== null) {
    const left = criterion.fresh_until - reader.now;
    parts.push(left > 0 ? words.proof.goodFor(duration(left)) : words.proof.expired(age(-left)));
  }
  if (criterion.at_passage) parts.push(words.proof.atPassage);
  return parts.join(', ');
}

/** Where it comes from, for the second line of the evidence. */
export function restsOn(criterion: CriterionView): string {
  return criterion.source ? words.proof.source(criterion.source) : '';
}

/** What makes two acts the same although their words differ. */
export function actKey(act: ActView): string {
  const { kind } = act;
  switch (kind.act) {
    case 'run_check':
      return `run ${kind.check}`;
    case 'attest':
      return `attest ${kind.criterion}`;
    case 'deploy':
      return `deploy ${kind.environment}`;
    case 'wait':
      return `wait ${act.title}`;
    default:
      return kind.act;
  }
}

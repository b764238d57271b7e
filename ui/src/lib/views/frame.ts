import { absolute, commit, count, counted, day, machine, type Reader } from '$lib/format';
import type { BearingAnswers, BearingCell, NavRelease, StatusItem } from '$lib/shell';
import { hrefOf, type Place } from '$lib/state/router.svelte';
import { text } from '$lib/text/en';
import { words as homeWords } from '$lib/text/home.en';
import { words } from '$lib/text/release.en';
import type { Answer, LedgerView, ReleaseCard, ReleaseView, State } from '$lib/wire/wire';

export type Screen = 'readiness' | 'rollout' | 'ledger';

export const HOME = '#/home';
/** Where the window is. */
export type Spot = 'home' | 'ledger' | 'connections' | 'release';

export const LEDGER = '#/ledger';
export const CONNECTIONS = '#/connections';
export const screenHref = (release: string, screen: Screen) => hrefOf('release', release, screen);

const SCREENS: readonly Screen[] = ['readiness', 'rollout', 'ledger'];

/** What an address of this window means; a hand-written one may mean nothing. */
export function spotOf({ parts }: Place) {
  const [first, id, screen] = parts;
  return {
    nowhere: first === undefined,
    rehearse: first === 'rehearse',
    home: first === 'home',
    ledger: first === 'ledger',
    connections: first === 'connections',
    release: first === 'release' ? id : undefined,
    screen: SCREENS.find((one) => one === screen) ?? 'readiness',
  };
}

/** The sidebar's list; only the release that is open shows its screens. */
export function navReleases(cards: ReleaseCard[], current: string | undefined): NavRelease[] {
  const screen = (card: ReleaseCard, id: Screen, label: string, keys: string) => ({
    id,
    label,
    href: screenHref(card.id, id),
    keys,
  });
  return cards.map((card) => ({
    id: card.id,
    name: card.project,
    version: card.version,
    state: card.state,
    stateWord: text.states[card.state],
    href: screenHref(card.id, 'readiness'),
    screens:
      card.id === current
        ? [
            screen(card, 'readiness', words.readiness, 'G R'),
            screen(card, 'rollout', words.rollout, 'G O'),
            screen(card, 'ledger', homeWords.ledger.title, 'G L'),
          ]
        : undefined,
  }));
}

const MOVE_TONES: Partial<Record<State, NonNullable<BearingAnswers['move']['tone']>>> = {
  pass: 'pass',
  fail: 'fail',
  hold: 'stale',
  stale: 'stale',
  unknown: 'unknown',
};

function cell(answer: Answer, href: string): BearingCell {
  return { answer: answer.answer, line: answer.line, state: answer.state ?? undefined, href };
}

/** The four answers, each with the address of its proof. */
export function bearingOf(view: ReleaseView): BearingAnswers {
  const id = view.head.id;
  const rollout = screenHref(id, 'rollout');
  const readiness = screenHref(id, 'readiness');
  const over = view.rollout.guardrails.some((one) => one.over !== null);
  const exposed = view.rollout.armed.state !== 'pending';
  const worst = firstMissing(view);
  const { may_move: move, blocks, production, happened } = view.bearing;
  const proof = worst === undefined ? readiness : `${readiness}?row=${encodeURIComponent(worst)}`;
  const tone = move.state === null ? undefined : MOVE_TONES[move.state];
  return {
    move: { ...cell(move, exposed || over ? `${rollout}?panel=decision` : readiness), tone },
    blocks: cell(blocks, over || view.head.hold ? `${rollout}?panel=decision` : proof),
    production: cell(production, rollout),
    happened: cell(happened, `${rollout}?panel=recent`),
  };
}

function firstMissing(view: ReleaseView): string | undefined {
  const phase = view.phases.find((one) => one.current);
  const criteria = phase?.gates.flatMap((gate) => gate.criteria) ?? [];
  return criteria.find(
    (one) => one.state !== 'pass' && one.state !== 'waived' && one.state !== 'not_applicable',
  )?.name;
}

/** Facts beside the name: candidate and commit first, because only two stay in a narrow window. */
export function chipsOf(view: ReleaseView, reader: Reader) {
  const { candidate, commit: sha, policy, frozen } = view.head;
  return [
    ...(candidate === null ? [] : [{ label: candidate }]),
    ...(sha === null ? [] : [{ label: commit(sha), mono: true, copy: sha }]),
    { label: policy },
    ...(frozen === null ? [] : [{ label: words.frozen(day(frozen, reader.zone)) }]),
  ];
}

/** What this computer has to say about the release that is shown. */
export function leftStatus(view: ReleaseView | undefined, onarmed: () => void): StatusItem[] {
  if (!view) return [];
  const { armed } = view.rollout;
  const items: StatusItem[] = [
    { id: 'armed', label: armed.text, state: armed.state, urgent: armed.state === 'fail', onclick: onarmed },
  ];
  if (view.head.hold)
    items.push({ id: 'hold', label: words.say.holdFact(view.head.hold.reason), state: 'hold' });
  return items;
}

/** Ledger and time. */
export function rightStatus(
  ledger: LedgerView | undefined,
  practising: boolean,
  reader: Reader,
  onledger: () => void,
  onnow: () => void,
): StatusItem[] {
  const items: StatusItem[] = ledger
    ? [{ id: 'ledger', label: ledgerWords(ledger), state: ledger.state, onclick: onledger }]
    : [];
  if (practising) items.push({ id: 'practice', label: words.practice.clock, icon: 'home' });
  items.push({ id: 'now', label: absolute(reader.now, reader), time: machine(reader.now), onclick: onnow });
  return items;
}

/** "Ledger verified, 1,842 events", or what does not fit. */
export function ledgerWords(ledger: LedgerView): string {
  const wrong = ledger.lines.find((line) => line.state === 'fail');
  if (wrong) return words.ledger.wrong(wrong.text);
  const all = counted(ledger.events, 'event');
  return ledger.verified === ledger.events
    ? words.ledger.verified(all)
    : words.ledger.partly(all, count(ledger.verified));
}

import { brief, count, counted, relative, type Reader } from '$lib/format';
import { words } from '$lib/text/home.en';
import type { ActKind, GapView, HomeRow, HomeView, LaneView, PhaseMark, WaitingView } from '$lib/wire/wire';

const HOUR = 3_600_000;
/** The watch bill looks so far back and ahead. */
export const BACK_MS = 12 * HOUR;
export const AHEAD_MS = 24 * HOUR;

/** "5 of 7 Rollout" */
export function phaseWords(phases: PhaseMark[]): string {
  const at = phases.findIndex((one) => one.current);
  const shown = phases[at];
  if (!shown) return words.phases.count(count(phases.length));
  return words.phases.at(count(at + 1), count(phases.length), shown.title);
}

/** What makes two waiting things the same although their words differ. */
export const waitingKey = (one: WaitingView) => `${one.release} ${one.act?.kind.act ?? 'look'}`;

/** Words of the button: where it leads. */
export function waitingButton(one: WaitingView): string {
  return one.act === null ? words.waiting.look : words.waiting.buttons[one.act.kind.act];
}

const ON_ROLLOUT: ReadonlySet<ActKind['act']> = new Set(['advance', 'deploy', 'lift', 'reconcile']);

/** The screen where it is decided. */
export function waitingScreen(one: WaitingView): 'readiness' | 'rollout' {
  return one.act === null || ON_ROLLOUT.has(one.act.kind.act) ? 'rollout' : 'readiness';
}

/** "3 things wait for you. No guardrail is over its limit." */
export function summary(home: HomeView): string {
  const over = home.waiting.filter((one) => one.act === null).length;
  const waits =
    home.waiting_total === 0
      ? words.nothingWaits
      : words.waits(home.waiting_total, count(home.waiting_total));
  return `${waits} ${over === 0 ? words.allQuiet : words.over(over, count(over))}`;
}

export type Shown = 'open' | 'over';

/** Rows of one list, those whose words contain what is searched. */
export function rowsOf(rows: HomeRow[], shown: Shown, search: string): HomeRow[] {
  const wanted = search.toLocaleLowerCase().split(/\s+/u).filter(Boolean);
  return rows
    .filter((row) => row.card.over === (shown === 'over'))
    .filter((row) => {
      const said = spoken(row).toLocaleLowerCase();
      return wanted.every((word) => said.includes(word));
    });
}

function spoken({ card, policy, bearing, next }: HomeRow): string {
  const answers = [bearing.may_move, bearing.blocks, bearing.production, bearing.happened];
  const said = answers.flatMap((one) => [one.answer, one.line]);
  return [card.project, card.version, policy, card.lifecycle, next?.title ?? '', ...said].join(' ');
}

/** The next moment of a release, or what it waits for. */
export function nextLine(row: HomeRow, reader: Reader): string {
  const [timer] = row.timers;
  return timer ? `${timer.text} ${relative(timer.at, reader)}` : '';
}

/** A span on the bill, in percent of its width. */
export interface Span {
  left: number;
  width: number;
  label: string;
}

export function place(at: number, now: number): number {
  const share = (at - (now - BACK_MS)) / (BACK_MS + AHEAD_MS);
  return Math.min(100, Math.max(0, share * 100));
}

function span(from: number, to: number, now: number, label: string): Span {
  const left = place(from, now);
  return { left, width: Math.max(0, place(to, now) - left), label };
}

/** Observed spans and gaps of a lane that are on the bill. */
export function laneSpans(lane: LaneView, reader: Reader): { seen: Span[]; gaps: Span[] } {
  const start = reader.now - BACK_MS;
  const inside = (gap: GapView) => gap.to > start && gap.from < reader.now;
  const gaps = lane.gaps.filter(inside).toSorted((a, b) => a.from - b.from);
  const times = (from: number, to: number) => `${brief(from, reader)} – ${brief(to, reader)}`;
  const seen: Span[] = [];
  let from = Math.max(lane.from, start);
  for (const gap of [...gaps, { from: lane.to, to: lane.to }]) {
    if (gap.from > from)
      seen.push(span(from, gap.from, reader.now, words.bill.observed(times(from, gap.from))));
    from = Math.max(from, gap.to);
  }
  return {
    seen,
    gaps: gaps.map((gap) =>
      span(gap.from, gap.to, reader.now, words.bill.gap(gap.cause, times(gap.from, gap.to))),
    ),
  };
}

/** Hours written above the bill: every four, none so near to now that the two would touch. */
export function billHours(now: number): number[] {
  const step = 4 * HOUR;
  const first = Math.ceil((now - BACK_MS) / step) * step;
  const all = Array.from({ length: (BACK_MS + AHEAD_MS) / step + 1 }, (_, n) => first + n * step);
  return all.filter((at) => at < now + AHEAD_MS - HOUR && Math.abs(at - now) > 1.6 * HOUR);
}

/** "12 releases" for a table without rows. */
export const releaseCount = (value: number) => counted(value, 'release');

import { age, duration, figure, withUnit, type Reader } from '$lib/format';
import type { ChartModel, GlyphName } from '$lib/kit';
import { words } from '$lib/text/release.en';
import type {
  GapView,
  GuardrailView,
  PointView,
  ReleaseView,
  RolloutView,
  SeriesView,
  StageView,
} from '$lib/wire/wire';

/** How much time the charts show. */
export type Span = 'hour' | 'shift' | 'stage';

const HOUR = 3_600_000;
const SPANS: readonly Span[] = ['hour', 'shift', 'stage'];

/** The next longer or shorter span; stays at the ends. */
export function stepSpan(span: Span, step: 1 | -1): Span {
  return SPANS[SPANS.indexOf(span) + step] ?? span;
}

/** Where the release stands on the ladder: the highest stage it has entered, unless all traffic went back. */
export function currentStage(view: ReleaseView): StageView | undefined {
  if (view.head.rolled_back) return undefined;
  return view.rollout.stages.findLast((stage) => stage.entered !== null);
}

/** Length to ask for; nothing asks for everything since the first sample. */
export function windowMs(span: Span, rollout: RolloutView, now: number): number | null {
  if (span === 'hour') return HOUR;
  if (span === 'shift') return 8 * HOUR;
  const entered = rollout.stages.findLast((stage) => stage.entered !== null)?.entered;
  // A stage that was entered this minute would make an axis of no length.
  return entered === undefined || entered === null ? null : Math.max(60_000, now - entered);
}

/** Values as the axis writes them. */
export function writer(unit: string): (value: number) => string {
  return (value) => (value === 0 ? '0' : unit ? withUnit(figure(value), unit) : figure(value));
}

export function chartModel(series: SeriesView, guardrail: GuardrailView, reader: Reader): ChartModel {
  const write = writer(series.unit);
  const valid = series.points.filter((point) => point.value !== null);
  const lost = guardrail.state === 'no_data';
  const label =
    lost && guardrail.seen !== null
      ? words.guardrails.noSample(age(reader.now - guardrail.seen))
      : guardrail.value;
  return {
    from: series.from,
    to: series.to,
    value: {
      name: series.guardrail,
      times: valid.map((point) => point.at),
      values: valid.map((point) => point.value ?? 0),
    },
    gaps: [...series.gaps, ...fetched(series.points)].sort((a, b) => a.from - b.from),
    limit: { value: series.limit, label: write(series.limit) },
    breaches: series.excesses.map(({ from, to }) => ({ from, to, label: duration(to - from) })),
    invalid: series.points.flatMap(({ at, invalid }) => (invalid === null ? [] : [{ at, reason: invalid }])),
    now: label === null ? undefined : { label, lost },
  };
}

/** Stretches that nobody saw, whose samples were fetched later: drawn as gaps, with what was fetched upon them. */
function fetched(points: readonly PointView[]): GapView[] {
  const spans: GapView[] = [];
  let before: PointView | undefined;
  for (const point of points) {
    const last = spans.at(-1);
    if (point.filled && before?.filled && last) last.to = point.at;
    else if (point.filled) spans.push({ from: point.at, to: point.at, cause: words.guardrails.fetched });
    before = point;
  }
  return spans;
}

/** The glyph in a chart's head: over its limit, armed and quiet, or why it is neither. */
export function headState(guardrail: GuardrailView, rollout: RolloutView): GlyphName {
  if (guardrail.over !== null) return 'fail';
  const watched = rollout.armed.state === 'armed' || rollout.armed.state === 'fail';
  return guardrail.state === 'pass' && watched ? 'armed' : guardrail.state;
}

/** One sentence below a chart. */
export function verdictOf(guardrail: GuardrailView, reader: Reader) {
  const { over, state, line, seen, source } = guardrail;
  const sentence = over
    ? words.guardrails.overFor(duration(over.for_ms), duration(over.of_ms))
    : line.slice(0, 1).toUpperCase() + line.slice(1);
  return {
    state,
    sentence,
    urgent: over !== null,
    age: seen === null ? undefined : `${source}, ${age(reader.now - seen)} ago`,
  };
}

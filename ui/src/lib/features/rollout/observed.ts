import { brief, duration, type Reader } from '$lib/format';
import type { ObservedPiece } from '$lib/kit';
import { text } from '$lib/text/en';
import type { ObservedView } from '$lib/wire/wire';

/** The span of an observation as pieces in order: what was seen, what was not, and what is still to come. */
export function observedPieces(
  observed: ObservedView,
  reader: Reader,
): { pieces: ObservedPiece[]; from: number; to: number; now: number } {
  const { from, gaps } = observed;
  const reached = from + observed.observed_ms + observed.lost_ms;
  const left = Math.max(0, observed.needed_ms - observed.observed_ms);
  const to = reached + left;
  const say = text.kit.observed;
  const piece = (kind: ObservedPiece['kind'], start: number, end: number, cause?: string): ObservedPiece => ({
    kind,
    from: start,
    to: end,
    label: say.piece(cause ?? say.kinds[kind], brief(start, reader), brief(end, reader)),
  });
  const pieces: ObservedPiece[] = [];
  let at = from;
  for (const gap of [...gaps].sort((one, other) => one.from - other.from)) {
    const start = Math.max(at, gap.from);
    const end = Math.min(reached, gap.to);
    if (end <= start) continue;
    if (start > at) pieces.push(piece('observed', at, start));
    pieces.push(piece('gap', start, end, `${gap.cause}, ${duration(end - start)}`));
    at = end;
  }
  if (reached > at) pieces.push(piece('observed', at, reached));
  if (left > 0) pieces.push(piece('future', reached, to));
  return { pieces, from, to: Math.max(to, from + 1), now: reached };
}

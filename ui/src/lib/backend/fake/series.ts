import type { GuardrailView, SeriesView } from '$lib/wire/wire';
import { HOUR, MINUTE, NOW } from './base';

interface Shape {
  unit: string;
  limit: number;
  base: number;
  spread: number;
  /** Value by minutes before now. */
  peak: number;
}

const SHAPES: Record<string, Shape> = {
  errors: { unit: '%', limit: 1, base: 0.21, spread: 0.08, peak: 1.34 },
  latency: { unit: 'ms', limit: 250, base: 165, spread: 30, peak: 238 },
  memory: { unit: '%', limit: 90, base: 62, spread: 3, peak: 71 },
  queue: { unit: '', limit: 500, base: 110, spread: 30, peak: 260 },
};
const PLAIN: Shape = { unit: '', limit: 1, base: 0.2, spread: 0.1, peak: 0.6 };

/** A repeatable wobble, so that two looks show the same lines. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** Samples as the engine would answer with, for a guardrail as it stands. */
export function seriesOf(guardrail: GuardrailView, window: number | null): SeriesView {
  const shape = SHAPES[guardrail.name] ?? PLAIN;
  const length = window ?? 8 * HOUR;
  const from = NOW - length;
  const step = Math.max(MINUTE, Math.ceil(length / 400 / MINUTE) * MINUTE);
  const gaps = [
    { from: NOW - 430 * MINUTE, to: NOW - 382 * MINUTE, cause: 'asleep' },
    { from: NOW - 218 * MINUTE, to: NOW - 208 * MINUTE, cause: 'offline' },
  ].filter((gap) => gap.to > from);
  const over = guardrail.over;
  const next = noise(shape.limit * 7919 + 11);
  const points: SeriesView['points'] = [];
  let level = shape.base;
  for (let at = from; at <= NOW; at += step) {
    level += (next() - 0.5) * shape.spread - (level - shape.base) * 0.2;
    if (gaps.some((gap) => at > gap.from && at < gap.to)) continue;
    const before = (NOW - at) / MINUTE;
    const peak = before > 290 && before < 296 ? shape.peak : level;
    const value = over && at >= over.since ? 2.3 + next() * 0.2 : peak;
    const invalid = Math.abs(before - 60) < step / MINUTE / 2 ? 'answer of another version' : null;
    points.push({ at, value: invalid ? null : value, invalid, filled: false });
  }
  const excesses = over ? [{ from: over.since, to: NOW, fired: false }] : [];
  const old = { from: NOW - 295 * MINUTE, to: NOW - 291 * MINUTE, fired: false };
  if (shape.peak > shape.limit && old.from > from) excesses.unshift(old);
  return {
    guardrail: guardrail.name,
    source: guardrail.source,
    unit: shape.unit,
    limit: shape.limit,
    points,
    gaps,
    excesses,
    from,
    to: NOW,
  };
}

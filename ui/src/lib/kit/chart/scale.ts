import type { ChartModel } from './model';

export interface Scale {
  min: number;
  max: number;
  /** At most three. */
  ticks: number[];
}

/** Room above the highest value, so that line and limit do not touch the edge. */
const HEADROOM = 1.08;

/** Smallest of 1, 2, 5 × 10ⁿ that is not below the value. */
export function niceStep(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= value * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/**
 * A scale that moves only in steps of 1, 2, 5 × 10ⁿ and always contains zero.
 * Everything that must be seen is inside: values, limit, band.
 */
export function scaleFor(values: Iterable<number>): Scale {
  let low = 0;
  let high = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low === 0 && high === 0) return { min: 0, max: 1, ticks: [0, 1] };
  const step = niceStep((Math.max(high, -low) * HEADROOM) / 2);
  const max = Math.ceil((high * HEADROOM) / step - 1e-9) * step;
  const min = Math.floor((low * HEADROOM) / step + 1e-9) * step || 0;
  if (min === 0) return { min, max, ticks: max === step ? [0, max] : [0, step, max] };
  return { min, max, ticks: max === 0 ? [min, 0] : [min, 0, max] };
}

function* everything(model: ChartModel): Generator<number> {
  yield* visible(model, model.value.times, model.value.values);
  if (model.control) yield* visible(model, model.control.times, model.control.values);
  if (model.limit) yield model.limit.value;
  if (model.band) yield model.band.high;
}

function* visible(model: ChartModel, times: readonly number[], values: readonly number[]): Generator<number> {
  for (const [index, at] of times.entries()) {
    const value = values[index];
    if (value !== undefined && at >= model.from && at <= model.to) yield value;
  }
}

/** Scale of a chart; word axes have theirs fixed by their words. */
export function chartScale(model: ChartModel): Scale {
  if (!model.words || model.words.length === 0) return scaleFor(everything(model));
  const ticks = model.words.map((word) => word.value);
  const max = Math.max(...ticks);
  const min = Math.min(...ticks);
  return { min, max: max + (max - min || 1) * 0.2, ticks };
}

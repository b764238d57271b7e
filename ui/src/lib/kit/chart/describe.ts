import { clock, counted, duration } from '../../format';
import type { ChartModel } from './model';

/**
 * One sentence for people who do not see the chart:
 * "error_rate, 8 h, highest 1.34 % at 09:12, over 1 % for 4 min 10 s, one gap of 48 min."
 */
export function describeChart(model: ChartModel, format: (value: number) => string, zone: string): string {
  const parts = [model.value.name, duration(model.to - model.from)];
  const peak = highest(model);
  parts.push(peak ? `highest ${format(peak.value)} at ${clock(peak.at, zone)}` : 'no sample');
  const over = total(model.breaches ?? []);
  if (over > 0 && model.limit) parts.push(`over ${model.limit.label} for ${duration(over)}`);
  const gaps = model.gaps ?? [];
  if (gaps.length === 1) parts.push(`one gap of ${duration(total(gaps))}`);
  if (gaps.length > 1) parts.push(`${counted(gaps.length, 'gap')} of ${duration(total(gaps))} together`);
  const invalid = model.invalid?.length ?? 0;
  if (invalid > 0) parts.push(counted(invalid, 'invalid sample'));
  return `${parts.join(', ')}.`;
}

function total(intervals: readonly { from: number; to: number }[]): number {
  return intervals.reduce((sum, interval) => sum + interval.to - interval.from, 0);
}

function highest(model: ChartModel): { at: number; value: number } | undefined {
  let best: { at: number; value: number } | undefined;
  for (const [index, at] of model.value.times.entries()) {
    const value = model.value.values[index];
    if (value === undefined || at < model.from || at > model.to) continue;
    if (!best || value > best.value) best = { at, value };
  }
  return best;
}

import { describe, expect, it } from 'vitest';
import { THIN } from '../../format';
import { describeChart } from './describe';
import { separate, type ChartModel, type Thinned } from './model';
import { nowLabelY, tickLabel } from './paint';
import { chartScale, niceStep, scaleFor } from './scale';
import { thin } from './thin';

const M = 60_000;

/** Repeatable values: a failure names its seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

function line(values: (number | null)[]): Thinned {
  return { times: values.map((_, index) => index), values };
}

describe('thin', () => {
  it('keeps the peak and the hollow of every column', () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      const next = random(seed);
      const values = Array.from({ length: 5000 }, () => next());
      const kept = thin(line(values), 0, 5000, 100);
      for (let column = 0; column < 100; column += 1) {
        const all = values.slice(column * 50, column * 50 + 50);
        const left = kept.values.filter((_, index) => Math.floor((kept.times[index] ?? -1) / 50) === column);
        expect(Math.max(...(left as number[])), `seed ${seed}`).toBe(Math.max(...all));
        expect(Math.min(...(left as number[])), `seed ${seed}`).toBe(Math.min(...all));
      }
      expect(kept.times.length).toBeLessThanOrEqual(400);
      expect(kept.times).toEqual([...kept.times].sort((a, b) => a - b));
    }
  });

  it('keeps a single sample over the limit among a million', () => {
    const values: number[] = Array.from({ length: 1_000_000 }, () => 0.2);
    values[654_321] = 9;
    expect(thin(line(values), 0, 1_000_000, 250).values).toContain(9);
  });

  it('never joins over a break', () => {
    const kept = thin(line([1, 1, null, null, 2, 2]), 0, 6, 1);
    expect(kept.values).toEqual([1, 1, null, 2, 2]);
  });

  it('leaves short lines as they are', () => {
    const short = line([3, 1, 2]);
    expect(thin(short, 0, 3, 300)).toEqual(short);
  });
});

describe('separate', () => {
  const times = [0, 1, 2, 3, 4, 5, 6].map((at) => at * M);
  const value = { name: 'v', times, values: [1, 2, 3, 4, 5, 6, 7] };

  it('ends the line at a gap', () => {
    const { seen } = separate(value, [{ from: 2.2 * M, to: 2.8 * M }], []);
    expect(seen.values).toEqual([1, 2, 3, null, 4, 5, 6, 7]);
  });

  it('draws what was read afterwards apart, and whole', () => {
    const asleep = { from: 2 * M, to: 4 * M };
    const { seen, later } = separate(value, [asleep], [asleep]);
    expect(seen.values.filter((kept) => kept !== null)).toEqual([1, 2, 6, 7]);
    expect(later.values).toEqual([null, 3, 4, 5, null]);
  });

  it('leaves out what is not a number', () => {
    const { seen } = separate({ ...value, values: [1, Number.NaN, Infinity, 4, 5, 6, 7] }, [], []);
    expect(seen.values).toEqual([1, 4, 5, 6, 7]);
  });
});

describe('scale', () => {
  it('moves in steps of 1, 2, 5', () => {
    expect([0.03, 0.9, 1, 1.1, 4.9, 6, 710].map(niceStep)).toEqual([0.05, 1, 1, 2, 5, 10, 1000]);
  });

  it('always shows zero, everything, and at most three labels', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const next = random(seed);
      const values = Array.from({ length: 20 }, () => (next() - 0.2) * 10 ** Math.floor(next() * 8 - 3));
      const scale = scaleFor(values);
      expect(scale.ticks.length, `seed ${seed}`).toBeLessThanOrEqual(3);
      expect(scale.ticks, `seed ${seed}`).toContain(0);
      for (const value of values) {
        expect(value, `seed ${seed}`).toBeGreaterThanOrEqual(scale.min);
        expect(value, `seed ${seed}`).toBeLessThanOrEqual(scale.max);
      }
    }
  });

  it('has room for the limit although nothing comes near it', () => {
    const scale = chartScale({
      from: 0,
      to: 9,
      value: { name: 'v', times: [1], values: [0.2] },
      limit: { value: 1, label: '' },
    });
    expect(scale.max).toBeGreaterThan(1);
  });

  it('names the unit once', () => {
    const scale = { min: 0, max: 2, ticks: [0, 1, 2] };
    const format = (value: number) => `${value}${THIN}%`;
    expect(scale.ticks.map((tick) => tickLabel(tick, scale, format))).toEqual(['0', '1', `2${THIN}%`]);
  });

  it('keeps the label of now clear of the limit', () => {
    for (let dot = 0; dot < 100; dot += 1) {
      expect(Math.abs(nowLabelY(dot, 50, 100) - 50)).toBeGreaterThanOrEqual(14);
    }
  });
});

describe('describeChart', () => {
  const model: ChartModel = {
    from: 0,
    to: 480 * M,
    value: { name: 'error_rate', times: [0, 186 * M, 480 * M], values: [0.2, 1.34, 0.21] },
    limit: { value: 1, label: '1 %' },
    breaches: [{ from: 186 * M, to: 190 * M + 10_000, label: '' }],
    gaps: [{ from: 50 * M, to: 98 * M, cause: 'asleep' }],
  };
  const say = (changed: Partial<ChartModel> = {}) =>
    describeChart({ ...model, ...changed }, (value) => `${value} %`, 'UTC').replaceAll(THIN, ' ');

  it('says the same as the picture', () => {
    expect(say()).toBe(
      'error_rate, 8 h, highest 1.34 % at 03:06, over 1 % for 4 min 10 s, one gap of 48 min.',
    );
  });

  it('does not make up a highest value where there is none', () => {
    expect(say({ value: { name: 'lcp', times: [], values: [] }, breaches: [], gaps: [] })).toBe(
      'lcp, 8 h, no sample.',
    );
  });
});

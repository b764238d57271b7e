import type { ChartModel, Line } from '$lib/kit';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Thu 17 Sep 2026, 14:06 in Berlin; the moment the pictures show. */
export const NOW = Date.UTC(2026, 8, 17, 12, 6);
export const FROM = NOW - 8 * HOUR;

/** A repeatable wobble, so that two looks at the sheet show the same lines. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

export function wobble(
  name: string,
  base: number,
  spread: number,
  spikes: Record<number, number> = {},
): Line {
  const next = noise(name.length * 7919);
  const times: number[] = [];
  const values: number[] = [];
  let level = base;
  for (let minute = 0; minute <= 480; minute += 2) {
    level += (next() - 0.5) * spread - (level - base) * 0.2;
    times.push(FROM + minute * MINUTE);
    values.push(spikes[minute] ?? level);
  }
  return { name, times, values };
}

const at = (minute: number) => FROM + minute * MINUTE;
const gaps = [
  { from: at(56), to: at(104), cause: 'asleep' },
  { from: at(268), to: at(278), cause: 'offline' },
];
const backfilled = [{ from: at(56), to: at(104) }];

function shared(value: Line): Pick<ChartModel, 'from' | 'to' | 'value' | 'gaps' | 'backfilled'> {
  const kept = value.times.map((time) => !(time > at(268) && time < at(278)));
  return {
    from: FROM,
    to: NOW,
    value: {
      name: value.name,
      times: value.times.filter((_, index) => kept[index]),
      values: value.values.filter((_, index) => kept[index]),
    },
    gaps,
    backfilled,
  };
}

export const errorRate: ChartModel = {
  ...shared(wobble('error_rate', 0.21, 0.08, { 186: 0.9, 188: 1.34, 190: 1.2, 192: 0.4 })),
  limit: { value: 1, label: '1 %' },
  band: { low: 0.1, high: 0.32 },
  breaches: [{ from: at(187), to: at(191), label: '4 min 10 s' }],
  now: { label: '0.21 %' },
};

export const latency: ChartModel = {
  ...shared(wobble('p99_latency', 165, 30, { 176: 240, 178: 430, 180: 260 })),
  limit: { value: 710, label: '710 ms' },
  band: { low: 120, high: 190 },
  now: { label: '171 ms' },
};

export const memory: ChartModel = {
  ...shared(wobble('memory', 60, 3)),
  limit: { value: 90, label: '90 %' },
  band: { low: 48, high: 60 },
  invalid: [{ at: at(330), reason: 'answer of another version' }],
  now: { label: 'no sample 2 min', lost: true },
};

export const free: ChartModel = {
  ...shared(wobble('db_connections_available', 50, 9, { 178: 35 })),
  limit: { value: 0, label: '0' },
  band: { low: 42, high: 62 },
  now: { label: '46 free' },
};

export const health: ChartModel = {
  ...shared(wobble('canary_health', 0, 0, { 138: 1, 242: 1, 406: 1 })),
  limit: { value: 1, label: 'fail' },
  words: [
    { value: 0, label: 'ok' },
    { value: 1, label: 'fail' },
  ],
  now: { label: 'ok' },
};

export const compared: ChartModel = {
  ...shared(wobble('p75_latency', 80, 7)),
  control: wobble('p75_latency on 4.11.2', 76, 7),
  limit: { value: 97, label: '110 %' },
  now: { label: '81 ms' },
};

import { withUnit } from './space';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const UNITS = [
  { ms: DAY, short: 'd' },
  { ms: HOUR, short: 'h' },
  { ms: MINUTE, short: 'min' },
  { ms: SECOND, short: 's' },
] as const;

export interface DurationOptions {
  /** Largest unit used. Observed time is counted in hours ("48 h 06 m"), distances in days ("1 d 3 h"). */
  largest?: 'd' | 'h';
  /** Keep a second part of zero ("7 d 00 h"). */
  keepZero?: boolean;
  /** Pad the second part to two figures, so that a ticking value does not jump. */
  pad?: boolean;
}

/**
 * A length of time in at most two parts: "48 h 06 m", "2 min 05 s", "41 s".
 * Rounded down, because time that has not passed must not be shown as passed.
 * @param ms length in milliseconds; negative lengths are shown as zero
 */
export function duration(ms: number, options: DurationOptions = {}): string {
  const { largest = 'h', keepZero = false, pad = true } = options;
  const length = Math.max(0, Math.floor(ms / SECOND) * SECOND);
  const units = largest === 'd' ? UNITS : UNITS.slice(1);
  const first = units.findIndex((unit) => length >= unit.ms);
  if (first === -1) return withUnit(0, 's');
  const major = units[first] ?? UNITS[3];
  const minor = units[first + 1];
  const whole = Math.floor(length / major.ms);
  const head = withUnit(whole, major.short);
  if (!minor) return head;
  const rest = Math.floor((length % major.ms) / minor.ms);
  if (rest === 0 && !keepZero) return head;
  const figure = pad ? String(rest).padStart(2, '0') : String(rest);
  // Beside hours the minute is a single letter, as on a clock.
  return `${head} ${withUnit(figure, minor.short === 'min' ? 'm' : minor.short)}`;
}

/** One part only, for ages in tables and footers: "15 s", "54 min", "3 h", "2 d". */
export function age(ms: number): string {
  const length = Math.max(0, ms);
  const unit = UNITS.find((candidate) => length >= candidate.ms) ?? UNITS[3];
  return withUnit(Math.floor(length / unit.ms), unit.short);
}

/** Minutes and seconds of a running countdown: "1 min 38 s", "38 s". Rounded up: zero is only shown at zero. */
export function countdown(ms: number): string {
  return duration(Math.ceil(Math.max(0, ms) / SECOND) * SECOND, { keepZero: true });
}

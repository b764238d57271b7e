import { age, duration } from './duration';

const DAY = 86_400_000;
const NOW_WITHIN = 5_000;

/** Where and when the reader is. Both are arguments, so that every text on a screen shares one clock. */
export interface Reader {
  /** Unix time in milliseconds. */
  now: number;
  /** IANA zone, for example "Europe/Berlin". */
  zone: string;
}

type Part = Intl.DateTimeFormatPartTypes;

function parts(at: number, zone: string): (name: Part) => string {
  const list = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  return (name) => list.find((part) => part.type === name)?.value ?? '';
}

/** Month in three letters: en-GB writes "Sept", and columns are set for three. */
function month(of: (name: Part) => string): string {
  return of('month').slice(0, 3);
}

/** Short zone name at that moment ("CEST", "UTC"), or the offset where the zone has no usual name. */
export function zoneName(at: number, zone: string): string {
  const list = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeZoneName: 'short' }).formatToParts(at);
  return list.find((part) => part.type === 'timeZoneName')?.value ?? zone;
}

/** "14:06" */
export function clock(at: number, zone: string): string {
  const of = parts(at, zone);
  return `${of('hour')}:${of('minute')}`;
}

/** "14:02:44" */
export function clockSeconds(at: number, zone: string): string {
  const of = parts(at, zone);
  return `${of('hour')}:${of('minute')}:${of('second')}`;
}

/** "Thu 17 Sep 14:06 CEST"; the year only when it is not the reader's. */
export function absolute(at: number, reader: Reader): string {
  const of = parts(at, reader.zone);
  const year = of('year') === parts(reader.now, reader.zone)('year') ? '' : ` ${of('year')}`;
  return `${of('weekday')} ${of('day')} ${month(of)}${year} ${of('hour')}:${of('minute')} ${zoneName(at, reader.zone)}`;
}

/** "Fri 11 Sep" */
export function day(at: number, zone: string): string {
  const of = parts(at, zone);
  return `${of('weekday')} ${of('day')} ${month(of)}`;
}

function dayOf(at: number, zone: string): string {
  const of = parts(at, zone);
  return `${of('year')}-${of('month')}-${of('day')}`;
}

/** Shortest spelling that is still exact: "14:06" today, "Thu 13:02" within a week, "12 Sep 13:02" before. */
export function brief(at: number, reader: Reader): string {
  const time = clock(at, reader.zone);
  if (dayOf(at, reader.zone) === dayOf(reader.now, reader.zone)) return time;
  const of = parts(at, reader.zone);
  // Six days, not seven: the same weekday a week away would be taken for today.
  if (Math.abs(at - reader.now) < 6 * DAY) return `${of('weekday')} ${time}`;
  return `${of('day')} ${month(of)} ${time}`;
}

/** "15 s ago", "in 1 d 3 h", "now". */
export function relative(at: number, reader: Reader): string {
  const distance = at - reader.now;
  if (Math.abs(distance) < NOW_WITHIN) return 'now';
  if (distance < 0) return `${age(-distance)} ago`;
  return `in ${duration(distance, { largest: 'd', pad: false })}`;
}

/** Day, clock, zone and distance: "Fri 18 Sep 18:00 CEST, in 1 d 3 h". */
export function full(at: number, reader: Reader): string {
  return `${absolute(at, reader)}, ${relative(at, reader)}`;
}

/** Value of a `datetime` attribute. */
export function machine(at: number): string {
  return new Date(at).toISOString();
}

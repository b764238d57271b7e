// The one thing this service knows.

const PERIOD_MINUTES = 745;

/** Minutes until the next high water, `minute` minutes after one. */
export function untilHighWater(minute) {
  const since = ((minute % PERIOD_MINUTES) + PERIOD_MINUTES) % PERIOD_MINUTES;
  return since === 0 ? 0 : PERIOD_MINUTES - since;
}

import { counted } from '$lib/format';
import type { ReleaseView } from '$lib/wire/wire';

/** What is read aloud because of a change. */
export interface Announcement {
  polite?: string;
  assertive?: string;
}

/** Moments of a countdown that are said, in seconds before its end. */
export const SAID_AT = [60, 30, 10] as const;

/**
 * What two looks at the same release differ in for somebody who does not see the screen. A breach, an unknown
 * outcome and lost arming interrupt; a changed answer waits; figures that only tick are never said.
 */
export function announcement(before: ReleaseView, after: ReleaseView): Announcement {
  if (before.head.id !== after.head.id) return {};
  const said: Announcement = {};
  const answer = after.bearing.may_move;
  if (answer.state !== before.bearing.may_move.state || answer.answer !== before.bearing.may_move.answer)
    said.polite = `${answer.answer}. ${answer.line}`;
  const now = after.rollout;
  const then = before.rollout;
  if (now.operation?.state === 'unknown' && then.operation?.state !== 'unknown')
    said.assertive = `${now.operation.what}. ${now.operation.line}`;
  else if (breached(after) && !breached(before))
    said.assertive = `${now.decision.title}. ${now.decision.line}`;
  else if (
    now.armed.state === 'not_armed' &&
    then.armed.state !== 'not_armed' &&
    then.armed.state !== 'pending'
  )
    said.assertive = now.armed.text;
  return said;
}

function breached(view: ReleaseView): boolean {
  return view.rollout.guardrails.some((guardrail) => guardrail.over !== null);
}

/** What a countdown says between two looks at it, if one of its moments lies between them. */
export function countdownWords(
  beforeMs: number,
  afterMs: number,
  words: (left: string) => string,
): string | null {
  const crossed = SAID_AT.findLast((moment) => beforeMs > moment * 1000 && afterMs <= moment * 1000);
  return crossed === undefined || afterMs <= 0 ? null : words(counted(crossed, 'second'));
}

// The door of a confirming window: it reads its own question and answers it, and reaches nothing else.
import type { ApprovalView, Reply } from '$lib/wire/wire';

/** A question that waits for its person. */
export interface Question {
  /** Sent back with the answer; it counts once. */
  nonce: string;
  /** What a step would do, or commands to approve, as the engine gave them. */
  shown: Extract<Reply, { reply: 'preview' | 'approvals' }>;
  /** A secret that is typed with a yes. */
  typed: Typed | null;
}

/** A new passphrase is typed twice. */
export type Typed = 'token' | 'passphrase' | 'new_passphrase';

/** Promises reject with a `Fault`; afterwards nothing can be answered here any more. */
export interface Confirming {
  pending(): Promise<Question>;
  /**
   * The host closes the window. `ticked` are digests of approvals, empty for a step; `secret` is what was typed,
   * and nothing of this page keeps it.
   */
  answer(nonce: string, yes: boolean, ticked: string[], secret: string | null): Promise<void>;
}

/** A text of more letters than this has to be read to its end before it can be approved. */
export const READ_TO_END_ABOVE = 4096;

/** Changed commands first: what somebody altered after an approval is what must be looked at. */
export function inReadingOrder(approvals: ApprovalView[]): ApprovalView[] {
  const rank = (approval: ApprovalView) => (approval.problem ? 2 : approval.before === null ? 1 : 0);
  return approvals.toSorted((a, b) => rank(a) - rank(b));
}

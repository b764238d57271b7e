/** Words of a confirming window. The question itself comes from the engine. */
export const confirmText = {
  reading: 'Reading the question',
  gone: 'Nothing is waiting here',
  goneDetail: 'The question was answered or taken back. Close this window and ask again in the main one.',
  checked: 'Checked just now',
  calls: 'What will be sent, once',
  noCalls: 'Nothing is sent to a target.',
  cancelHint: 'Nothing happens until you confirm.',
  approveTitle: (count: number) =>
    count === 1 ? 'Approve this command?' : `Approve these ${String(count)} commands?`,
  approveLine: 'An approved command runs with your rights, exactly as written. Any change asks again.',
  approve: (count: number) => (count === 1 ? 'Approve 1 command' : `Approve ${String(count)} commands`),
  approveNone: 'Tick the commands you have read.',
  all: 'All that can be approved',
  changed: 'Changed since it was approved',
  fresh: 'Not approved before',
  unread: 'Read it to its end to approve it.',
  exact: (subject: string) => `Exact text of ${subject}`,
  difference: (subject: string) => `Difference of ${subject} to the text approved before`,
  removed: 'removed',
  added: 'added',
} as const;

import type { Stand } from '$lib/wire/wire';

/** What a person does about it from here; `none` where nothing can or need be done. */
export type Remedy = 'connect' | 'again' | 'replace' | 'test' | 'unlock' | 'none';

interface Standing {
  word: string;
  title: string;
  line: (name: string, origin: string) => string;
  remedy: Remedy;
}

/** Words of Connections. Each way in which one can stand has its own, because each asks for something else. */
const stands: Record<Stand, Standing> = {
  fine: {
    word: 'Connected',
    title: 'Connected',
    line: () => 'It worked when it was last looked at.',
    remedy: 'test',
  },
  none: {
    word: 'Not connected',
    title: 'Not connected yet',
    line: (name, origin) => `A policy asks for ${name}. Make a token at ${origin} and connect it.`,
    remedy: 'connect',
  },
  token_free: {
    word: 'No token',
    title: 'Asked without a token',
    line: (_, origin) => `${origin} answers without one; there is nothing to connect.`,
    remedy: 'none',
  },
  other_origin: {
    word: 'Another origin',
    title: 'A policy names another origin',
    line: (name, origin) =>
      `The token of ${name} goes to ${origin} and nowhere else, so that policy is refused. Connect again only if the new address is right.`,
    remedy: 'again',
  },
  other_owner: {
    word: 'Another owner',
    title: 'Another owner than is meant',
    line: () =>
      'The policy means another team or user than the token has. Connect again with a token of theirs, or put the policy right.',
    remedy: 'again',
  },
  refused: {
    word: 'Refused',
    title: 'The provider refuses the token',
    line: (_, origin) =>
      `${origin} does not take it any more: it was revoked or has ended. Make a new one there, then replace it here.`,
    remedy: 'replace',
  },
  unreachable: {
    word: 'Not reached',
    title: 'The service could not be asked',
    line: (_, origin) => `${origin} did not answer as it should. The token may be fine; test it again later.`,
    remedy: 'test',
  },
  locked: {
    word: 'Keychain locked',
    title: 'The keychain is locked',
    line: () => 'It usually opens with your session. Unlock it in your system, then test again.',
    remedy: 'test',
  },
  passphrase: {
    word: 'Vault locked',
    title: 'The vault waits for its passphrase',
    line: () =>
      'Until it is open, nothing that needs this token can be asked, and nothing rolled back with it.',
    remedy: 'unlock',
  },
  absent: {
    word: 'No keychain',
    title: 'No keychain answers',
    line: () =>
      'Start the one of your system, or keep the token in a file under a passphrase: choose the vault and connect again.',
    remedy: 'again',
  },
  slow: {
    word: 'Keychain slow',
    title: 'The keychain did not answer in time',
    line: () => 'It may be asking something on the screen. Answer it, then test again.',
    remedy: 'test',
  },
  ambiguous: {
    word: 'Two entries',
    title: 'The keychain has more than one entry',
    line: () =>
      'Nobody can tell which is meant, so none is used. Remove the ones that are not Seaworthy’s, or remove the connection here and connect again.',
    remedy: 'test',
  },
  missing: {
    word: 'Token gone',
    title: 'The token is not in its store any more',
    line: () => 'Somebody deleted it there. Connect again with a token of the same owner.',
    remedy: 'replace',
  },
  failed: {
    word: 'Failed',
    title: 'It did not work',
    line: () => 'What was said about it stands below. Test again, or connect again.',
    remedy: 'test',
  },
};

export const words = {
  title: 'Connections',
  services: 'Services',
  nobodyYet: 'nobody yet',
  stands,
  counted: (connected: string, missing: string, some: boolean) =>
    some ? `${connected} connected, ${missing} to look at` : `${connected} connected`,
  shown: 'Connections shown',
  all: (count: string) => `All ${count}`,
  open: (count: string) => `To look at ${count}`,
  columns: {
    name: 'Connection',
    origin: 'Origin',
    owner: 'Belongs to',
    store: 'Kept in',
    state: 'State',
    tested: 'Looked at',
  },
  service: { vercel: 'Vercel', prometheus: 'Prometheus' } as Record<string, string>,
  stores: { keychain: 'Keychain', vault: 'Vault', memory: 'Memory' } as Record<string, string>,
  storeStands: {
    fine: 'Answers',
    none: 'Not made',
    token_free: 'In use',
    missing: 'Entry gone',
    locked: 'Locked',
    passphrase: 'Locked',
    absent: 'Absent',
    slow: 'Slow',
    ambiguous: 'Ambiguous',
    failed: 'Failed',
  } as Partial<Record<Stand, string>>,
  where: 'Where tokens are kept',
  asking: 'Asking the keychain, which may take it ten seconds',
  noVault: 'A file under a passphrase, for machines without a keychain. It is made when you choose it.',
  unlock: 'Open vault…',
  never: 'never',
  madeAt: (at: string) => `made ${at}`,
  testedAt: (at: string) => `tested ${at}`,
  failedAt: (at: string) => `failed ${at}`,
  reading: 'Reading what is connected',
  unread: 'Connections could not be read',
  staleLine: 'What is shown was read before that.',
  none: 'Nothing is connected',
  noneLine: 'No open release has a policy that asks for a service. A policy names one under [connections].',
  noneOpen: 'Everything works',
  noneOpenLine: 'Every service that a policy asks for is connected.',
  choose: 'Choose a connection to see what it may do.',
  facts: {
    service: 'Service',
    origin: 'Origin',
    user: 'User',
    team: 'Team',
    store: 'Kept in',
    made: 'Connected',
    tested: 'Last tested',
    failed: 'Last refused',
    said: 'What it said',
  },
  by: (at: string, who: string) => `${at} by ${who}`,
  nobody: 'not named by the service',
  askedBy: 'Asked for by',
  notAsked: 'No open release asks for it.',
  names: (origin: string) => `names ${origin}`,
  met: 'the one meant',
  unmet: 'not what it means',
  keepIn: 'Keep the token in',
  keepHelp: {
    keychain: 'The keychain of this computer. It opens with your session.',
    vault: 'A file under a passphrase that you type at each start.',
  },
  promise:
    'You type the token in a window of its own. This one never has it, and nothing shows it again: not a log, not the ledger, not a bundle.',
  memory:
    'A rehearsal has its own service and its own token, in memory until it ends. Nothing here can be changed.',
  acts: {
    connect: 'Connect…',
    again: 'Connect again…',
    replace: 'Replace token…',
    test: 'Test',
    remove: 'Remove…',
    unlock: 'Open vault…',
  },
  consequences: {
    test: 'asks whose the token is',
    replace: 'same owner, same origin',
    remove: 'deletes the token',
  },
  working: {
    connect: (name: string) => `Connect ${name}`,
    replace: (name: string) => `Replace the token of ${name}`,
    test: (name: string) => `Test ${name}`,
    remove: (name: string) => `Remove ${name}`,
    unlock: 'Open the vault',
  },
  done: {
    connect: (name: string, owner: string) => `${name} is connected as ${owner}`,
    replace: (name: string) => `The token of ${name} is replaced`,
    test: (name: string, owner: string) => `${name} works, as ${owner}`,
    remove: (name: string) => `${name} is no longer connected`,
    unlock: 'The vault is open',
  },
  doesNot: (name: string) => `${name} does not work`,
  waiting: 'Waiting for your answer in the confirm window',
  move: 'move',
  read: 'Read again',
  go: 'Go to Connections',
} as const;

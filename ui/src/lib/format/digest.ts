const COMMIT_LENGTH = 7;
const GROUP = 4;

/** First seven characters of a commit, as git shows it. */
export function commit(sha: string): string {
  return sha.slice(0, COMMIT_LENGTH);
}

/** "41c9 7d02 … e07b": enough to compare by eye, short enough for a line. An algorithm prefix is dropped. */
export function digest(value: string): string {
  const hex = value.slice(value.indexOf(':') + 1);
  if (hex.length <= GROUP * 3) return hex;
  return `${hex.slice(0, GROUP)} ${hex.slice(GROUP, GROUP * 2)} … ${hex.slice(-GROUP)}`;
}

/** "b07e…41", for table columns. */
export function digestShort(value: string): string {
  const hex = value.slice(value.indexOf(':') + 1);
  return hex.length <= 7 ? hex : `${hex.slice(0, 4)}…${hex.slice(-2)}`;
}

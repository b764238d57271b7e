import { createContext } from 'svelte';

/**
 * What is read aloud although the focus is elsewhere. Verdict changes are polite; a breach, an unknown outcome and
 * lost arming are assertive. Ticking figures never come here.
 */
export class Announcer {
  polite = $state('');
  assertive = $state('');

  /** The same words twice are announced once: a screen reader repeats only what changes. */
  say(words: string): void {
    this.polite = words;
  }

  alert(words: string): void {
    this.assertive = words;
  }
}

export const [getAnnouncer, setAnnouncer] = createContext<Announcer>();

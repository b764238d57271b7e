import { createContext } from 'svelte';

/** What the reader chose; "system" follows the computer. */
export type ThemeChoice = 'system' | 'light' | 'dark' | 'contrast';
export type ThemeName = Exclude<ThemeChoice, 'system'>;

export const CHOICES: readonly ThemeChoice[] = ['system', 'light', 'dark', 'contrast'];

/** Where the choice is kept. The page's first script (`theme.js`) reads it before anything is drawn. */
export const KEPT_AS = 'seaworthy.theme';

const CONTRAST = '(prefers-contrast: more)';
const DARK = '(prefers-color-scheme: dark)';

/** Puts the theme in force on the page as `data-theme`, the only thing the style sheets look at. */
export class Theme {
  choice = $state<ThemeChoice>('system');
  #system = $state<ThemeName>('light');
  readonly name: ThemeName = $derived(this.choice === 'system' ? this.#system : this.choice);

  constructor(
    readonly root: HTMLElement = document.documentElement,
    readonly kept: Pick<Storage, 'getItem' | 'setItem'> | undefined = storage(),
  ) {
    const choice = this.kept?.getItem(KEPT_AS);
    this.choice = CHOICES.find((one) => one === choice) ?? 'system';
    this.#read();
    this.#apply();
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    this.kept?.setItem(KEPT_AS, choice);
    this.#apply();
  }

  /** The choice after the one in force. */
  next(): ThemeChoice {
    const choice = CHOICES[(CHOICES.indexOf(this.choice) + 1) % CHOICES.length] ?? 'system';
    this.choose(choice);
    return choice;
  }

  /** Follows the computer's setting, and another window's choice, until the returned function is called. */
  follow(): () => void {
    const queries = [matchMedia(CONTRAST), matchMedia(DARK)];
    const changed = () => {
      this.#read();
      this.#apply();
    };
    const chosen = (event: StorageEvent) => {
      if (event.key !== KEPT_AS) return;
      this.choice = CHOICES.find((one) => one === event.newValue) ?? 'system';
      this.#apply();
    };
    for (const query of queries) query.addEventListener('change', changed);
    addEventListener('storage', chosen);
    return () => {
      for (const query of queries) query.removeEventListener('change', changed);
      removeEventListener('storage', chosen);
    };
  }

  #read(): void {
    const contrast = matchMedia(CONTRAST).matches;
    const dark = matchMedia(DARK).matches;
    this.#system = contrast ? 'contrast' : dark ? 'dark' : 'light';
  }

  #apply(): void {
    this.root.dataset.theme = this.name;
  }
}

/** Where nothing may be kept, the choice lasts as long as the window. */
function storage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}

export const [getTheme, setTheme] = createContext<Theme>();

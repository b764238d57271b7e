/** What the reader chose; "system" follows the computer. */
export type ThemeChoice = 'system' | 'light' | 'dark' | 'contrast';
export type ThemeName = Exclude<ThemeChoice, 'system'>;

const CONTRAST = '(prefers-contrast: more)';
const DARK = '(prefers-color-scheme: dark)';

/** Puts the theme in force on the page as `data-theme`, the only thing the style sheets look at. */
export class Theme {
  choice = $state<ThemeChoice>('system');
  #system = $state<ThemeName>('light');
  readonly name: ThemeName = $derived(this.choice === 'system' ? this.#system : this.choice);

  constructor(readonly root: HTMLElement = document.documentElement) {
    this.#read();
    this.#apply();
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    this.#apply();
  }

  /** Follows the computer's setting until the returned function is called. */
  follow(): () => void {
    const queries = [matchMedia(CONTRAST), matchMedia(DARK)];
    const changed = () => {
      this.#read();
      this.#apply();
    };
    for (const query of queries) query.addEventListener('change', changed);
    return () => {
      for (const query of queries) query.removeEventListener('change', changed);
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

import { createContext } from 'svelte';

/** Parts of an address: "#/release/r-1/readiness?row=c-3" has three parts and one query value. */
export interface Place {
  parts: string[];
  query: URLSearchParams;
}

/** Reads an address; what is not an address of ours is the start. */
export function parsePlace(hash: string): Place {
  const [path = '', search = ''] = hash.replace(/^#\/?/u, '').split('?', 2);
  const parts = path.split('/').filter(Boolean).map(decode);
  // A place is replaced as a whole, never changed.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  return { parts, query: new URLSearchParams(search) };
}

/** The address of a place, as it is copied and followed. */
export function hrefOf(...parts: string[]): string {
  return `#/${parts.map(encodeURIComponent).join('/')}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A hand-written address with a stray % must not take the window down.
    return part;
  }
}

/** Where the window is. The browser keeps the history, so Back and Forward need nothing of ours. */
export class Router {
  #hash = $state(location.hash);
  readonly place: Place = $derived(parsePlace(this.#hash));
  /** Address without its query, for marking the current entry of the navigation. */
  readonly path: string = $derived(hrefOf(...this.place.parts));

  follow(): () => void {
    const changed = () => {
      this.#hash = location.hash;
    };
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }

  /** Goes there in place of the address in force, which nobody wants to come back to. */
  replace(href: string): void {
    history.replaceState(history.state, '', href);
    this.#hash = href;
  }

  go(href: string): void {
    location.hash = href;
    this.#hash = href;
  }
}

export const [getRouter, setRouter] = createContext<Router>();

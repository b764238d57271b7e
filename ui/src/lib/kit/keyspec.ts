/**
 * Spelling of keys. A spec is what the code and the texts say: "Mod K", "Shift R", "Mod Enter", "Alt 1", "[";
 * two bare letters ("G R") are a chord, pressed one after the other. "Mod" is Ctrl, or Command on macOS.
 */

const MODIFIERS = ['Mod', 'Alt', 'Shift'] as const;
type Modifier = (typeof MODIFIERS)[number];

const MAC_SYMBOLS: Record<string, string> = {
  Mod: '⌘',
  Alt: '⌥',
  Shift: '⇧',
  Enter: '↩',
  Esc: 'esc',
  Left: '←',
  Right: '→',
  Up: '↑',
  Down: '↓',
};

const EVENT_NAMES: Record<string, string> = {
  ' ': 'Space',
  Escape: 'Esc',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
  ArrowUp: 'Up',
  ArrowDown: 'Down',
};

/** True on macOS, where modifiers have their own symbols. */
export function isMac(): boolean {
  return typeof navigator !== 'undefined' && /mac/iu.test(navigator.userAgent);
}

function isModifier(word: string): word is Modifier {
  return (MODIFIERS as readonly string[]).includes(word);
}

/** Splits a spec into strokes: "Mod Shift K" is one stroke, "G R" is two. */
export function strokes(spec: string): string[] {
  const result: string[] = [];
  let held: Modifier[] = [];
  for (const word of spec.split(' ')) {
    if (isModifier(word)) {
      held.push(word);
      continue;
    }
    result.push(stroke(held, word));
    held = [];
  }
  return result;
}

function stroke(held: Modifier[], key: string): string {
  const order = MODIFIERS.filter((modifier) => held.includes(modifier));
  return [...order, key.length === 1 ? key.toUpperCase() : key].join('+');
}

/** The stroke of a keyboard event, or null while only a modifier is down or text is being composed. */
export function strokeOf(event: KeyboardEvent, mac = isMac()): string | null {
  if (event.isComposing || ['Shift', 'Control', 'Alt', 'Meta', 'AltGraph', 'Dead'].includes(event.key))
    return null;
  const key = EVENT_NAMES[event.key] ?? event.key;
  const held: Modifier[] = [];
  if (mac ? event.metaKey : event.ctrlKey) held.push('Mod');
  if (event.altKey) held.push('Alt');
  // Signs such as "?" already contain Shift on some layouts and not on others: the sign itself decides.
  const sign = key.length === 1 && key.toUpperCase() === key.toLowerCase();
  const digit = /^Digit\d$/u.test(event.code);
  if (event.shiftKey && (!sign || digit)) held.push('Shift');
  return stroke(held, digit && event.altKey ? event.code.slice(-1) : key);
}

/** What is printed on a button. */
export function keyLabel(spec: string, mac = isMac()): string {
  if (!mac) return spec.replaceAll('Mod', 'Ctrl');
  return spec
    .split(' ')
    .map((word) => MAC_SYMBOLS[word] ?? word)
    .join(spec.startsWith('G ') ? ' ' : '');
}

/** Value of `aria-keyshortcuts`, or nothing for a chord, which the attribute cannot express. */
export function ariaKeys(spec: string | undefined, mac = isMac()): string | undefined {
  if (!spec) return undefined;
  const list = strokes(spec);
  if (list.length !== 1) return undefined;
  return list[0]
    ?.replace('Mod', mac ? 'Meta' : 'Control')
    .replace('Esc', 'Escape')
    .replace(/\b(Left|Right|Up|Down)$/u, 'Arrow$1');
}

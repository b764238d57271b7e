import { flushSync } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ariaKeys, keyLabel, strokeOf, strokes } from '../kit/keyspec';
import { Keys } from './keys.svelte';
import { cycleRegion } from './regions';

interface Press extends KeyboardEventInit {
  on?: HTMLElement;
  at?: number;
}

function press(keys: Keys, key: string, init: Press = {}): KeyboardEvent {
  const { on = document.body, at = 0, ...rest } = init;
  const event = new KeyboardEvent('keydown', { key, cancelable: true, bubbles: true, ...rest });
  Object.defineProperty(event, 'timeStamp', { value: at });
  on.addEventListener('keydown', (seen) => keys.handle(seen), { once: true });
  on.dispatchEvent(event);
  return event;
}

function field(html: string): HTMLElement {
  document.body.innerHTML = html;
  return document.body.firstElementChild as HTMLElement;
}

describe('specs', () => {
  it('tells modifiers from chords', () => {
    expect(strokes('Mod Enter')).toEqual(['Mod+Enter']);
    expect(strokes('G R')).toEqual(['G', 'R']);
    expect(strokes('Shift Mod k')).toEqual(['Mod+Shift+K']);
  });

  it('reads signs as signs on any layout', () => {
    const sign = new KeyboardEvent('keydown', { key: '?', code: 'Slash', shiftKey: true });
    expect(strokeOf(sign, false)).toBe('?');
    const letter = new KeyboardEvent('keydown', { key: 'R', code: 'KeyR', shiftKey: true });
    expect(strokeOf(letter, false)).toBe('Shift+R');
    expect(strokeOf(new KeyboardEvent('keydown', { key: 'Shift' }), false)).toBeNull();
    expect(strokeOf(new KeyboardEvent('keydown', { key: 'a', isComposing: true }), false)).toBeNull();
  });

  it('prints and announces them', () => {
    expect(keyLabel('Mod Enter', false)).toBe('Ctrl Enter');
    expect(keyLabel('Shift R', true)).toBe('⇧R');
    expect(ariaKeys('Mod Enter', false)).toBe('Control+Enter');
    expect(ariaKeys('Mod K', true)).toBe('Meta+K');
    expect(ariaKeys('G R')).toBeUndefined();
  });
});

describe('Keys', () => {
  let keys: Keys;
  const run = vi.fn<(spec: string) => void>();
  const bind = (...specs: string[]) =>
    keys.add(
      'test',
      specs.map((spec) => ({ keys: spec, label: spec, run: () => run(spec) })),
    );

  beforeEach(() => {
    document.body.innerHTML = '';
    run.mockClear();
    keys = new Keys(false);
  });

  it('tells R from Shift R', () => {
    bind('R', 'Shift R');
    press(keys, 'r');
    press(keys, 'R', { shiftKey: true });
    expect(run.mock.calls.flat()).toEqual(['R', 'Shift R']);
  });

  it('does nothing while text is typed, except for keys with a modifier', () => {
    bind('R', 'Shift R', 'Mod Enter', 'G R', 'Esc');
    for (const html of ['<input>', '<textarea></textarea>', '<div contenteditable="true"></div>']) {
      const on = field(html);
      press(keys, 'r', { on });
      press(keys, 'R', { on, shiftKey: true });
      press(keys, 'g', { on });
      press(keys, 'r', { on });
    }
    expect(run).not.toHaveBeenCalled();
    const on = field('<input>');
    press(keys, 'Enter', { on, ctrlKey: true });
    press(keys, 'Escape', { on });
    expect(run.mock.calls.flat()).toEqual(['Mod Enter', 'Esc']);
  });

  it('understands chords, and lets them lapse', () => {
    bind('G R', 'R');
    press(keys, 'g', { at: 0 });
    press(keys, 'r', { at: 400 });
    press(keys, 'g', { at: 1000 });
    press(keys, 'r', { at: 9000 });
    press(keys, 'g', { at: 10_000 });
    press(keys, 'q', { at: 10_100 });
    press(keys, 'r', { at: 10_200 });
    expect(run.mock.calls.flat()).toEqual(['G R', 'R', 'R']);
  });

  it('asks for Ctrl and Alt when single letters are off', () => {
    bind('R', 'G R');
    keys.singleKeys = false;
    press(keys, 'r');
    expect(run).not.toHaveBeenCalled();
    press(keys, 'r', { ctrlKey: true, altKey: true });
    expect(run.mock.calls.flat()).toEqual(['R']);
  });

  it('leaves Enter and Space to the focused button', () => {
    bind('Enter', 'Space', 'Mod Enter');
    const on = field('<button>Hold</button>');
    press(keys, 'Enter', { on });
    press(keys, ' ', { on });
    expect(run).not.toHaveBeenCalled();
    press(keys, 'Enter', { on, ctrlKey: true });
    expect(run.mock.calls.flat()).toEqual(['Mod Enter']);
  });

  it('asks the newest layer first and nothing below a dialog', () => {
    bind('R', 'H');
    const dialog = vi.fn();
    const remove = keys.add('dialog', [{ keys: 'R', label: 'in dialog', run: dialog }], { exclusive: true });
    press(keys, 'r');
    press(keys, 'h');
    expect(dialog).toHaveBeenCalledOnce();
    expect(run).not.toHaveBeenCalled();
    remove();
    press(keys, 'h');
    expect(run.mock.calls.flat()).toEqual(['H']);
  });

  it('keeps a layer that is added while another is taken away', () => {
    let shown = $state('one');
    const inner = $effect.root(() => {
      $effect(() =>
        shown === 'two' ? keys.add('dialog', [{ keys: 'R', label: 'in', run: () => run('R') }]) : undefined,
      );
      $effect(() =>
        shown === 'one' ? keys.add('note', [{ keys: 'H', label: 'out', run: () => run('H') }]) : undefined,
      );
    });
    flushSync();
    shown = 'two';
    flushSync();
    press(keys, 'r');
    press(keys, 'h');
    expect(run.mock.calls.flat()).toEqual(['R']);
    inner();
  });

  it('triggers nothing behind a modal dialog that has no keys of its own', () => {
    bind('R', 'Mod Enter', 'G R');
    const on = field('<div role="dialog" aria-modal="true"><button>Close</button></div>').querySelector(
      'button',
    );
    for (const key of ['r', 'g', 'r']) press(keys, key, { on: on ?? undefined });
    press(keys, 'Enter', { on: on ?? undefined, ctrlKey: true });
    expect(run).not.toHaveBeenCalled();
  });

  it('falls through where a binding does not apply, and leaves handled events alone', () => {
    bind('F');
    keys.add('screen', [{ keys: 'F', label: 'never', run: dontRun, when: () => false }]);
    expect(press(keys, 'f').defaultPrevented).toBe(true);
    expect(run).toHaveBeenCalledOnce();
    const handled = new KeyboardEvent('keydown', { key: 'f', cancelable: true });
    handled.preventDefault();
    expect(keys.handle(handled)).toBe(false);
  });
});

function dontRun() {
  throw new Error('a binding ran that does not apply');
}

describe('cycleRegion', () => {
  it('leaves a region that lies inside another', () => {
    document.body.innerHTML =
      '<div data-region><button id="a"></button><div data-region><button id="b"></button></div></div><div data-region><button id="c"></button></div>';
    const seen = [1, 2, 3, 4].map(() => {
      cycleRegion(1);
      return document.activeElement?.id;
    });
    expect(seen).toEqual(['a', 'b', 'c', 'a']);
  });

  it('goes round the regions that can be focused', () => {
    document.body.innerHTML =
      '<div data-region><button id="a"></button></div><div data-region></div><div data-region><i tabindex="0" id="b"></i></div>';
    const at = () => document.activeElement?.id;
    cycleRegion(1);
    expect(at()).toBe('a');
    cycleRegion(1);
    expect(at()).toBe('b');
    cycleRegion(1);
    expect(at()).toBe('a');
    cycleRegion(-1);
    expect(at()).toBe('b');
  });
});

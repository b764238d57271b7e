import { readFileSync } from 'node:fs';
import { flushSync } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_TOASTS, TOAST_MS, Toasts } from '../kit/toasts.svelte';
import { Clock } from './clock.svelte';
import { hrefOf, parsePlace } from './router.svelte';
import { CHOICES, KEPT_AS, Theme } from './theme.svelte';

describe('addresses', () => {
  it('come back as they were', () => {
    const parts = ['release', 'a/b ü', 'readiness'];
    expect(parsePlace(hrefOf(...parts)).parts).toEqual(parts);
  });

  it.each(['', '#', '#/', '/', '#/%E0%A4%A'])('%s is a place too', (hash) => {
    expect(() => parsePlace(hash)).not.toThrow();
  });

  it('carry a query', () => {
    expect(parsePlace('#/kit?theme=dark').query.get('theme')).toBe('dark');
  });
});

describe('Theme', () => {
  it('writes the choice on the page', () => {
    const root = document.createElement('html');
    const theme = new Theme(root);
    expect(root.dataset.theme).toBe('light');
    theme.choose('contrast');
    expect(root.dataset.theme).toBe('contrast');
  });

  it('keeps the choice, and reads nothing into what is not one', () => {
    const kept = new Map<string, string>();
    const store = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
    const root = document.createElement('html');
    new Theme(root, store).choose('dark');
    expect(kept.get(KEPT_AS)).toBe('dark');
    expect(new Theme(root, store).choice).toBe('dark');
    kept.set(KEPT_AS, 'pink');
    expect(new Theme(root, store).choice).toBe('system');
  });

  it('is read from the same place by the script that runs first', () => {
    const script = readFileSync('public/theme.js', 'utf8');
    expect(script).toContain(`'${KEPT_AS}'`);
    for (const choice of CHOICES.slice(1)) expect(script).toContain(`'${choice}'`);
  });

  it('prefers contrast over dark when the computer asks for both', () => {
    const root = document.createElement('html');
    const always = { matches: true } as MediaQueryList;
    const spy = vi.spyOn(globalThis, 'matchMedia').mockReturnValue(always);
    expect(new Theme(root).name).toBe('contrast');
    spy.mockRestore();
  });
});

describe('with a hand on the clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.UTC(2026, 8, 17, 12, 0, 30) });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('ticks on the minute, and by the second while asked', () => {
    const clock = new Clock();
    const stop = clock.run();
    vi.advanceTimersByTime(29_999);
    expect(new Date(clock.now).getUTCMinutes()).toBe(0);
    vi.advanceTimersByTime(1);
    expect(new Date(clock.now).getUTCMinutes()).toBe(1);
    const rest = clock.bySecond();
    vi.advanceTimersByTime(2000);
    expect(new Date(clock.now).getUTCSeconds()).toBe(2);
    rest();
    stop();
    vi.advanceTimersByTime(600_000);
    expect(new Date(clock.now).getUTCMinutes()).toBe(1);
  });

  it('runs at the speed of a rehearsal', () => {
    const clock = new Clock();
    const stop = clock.run();
    clock.set(1000, 60);
    const rest = clock.bySecond();
    vi.advanceTimersByTime(1000);
    expect(clock.now).toBe(61_000);
    rest();
    stop();
  });

  it('takes notices away, but not while somebody reads them', () => {
    const toasts = new Toasts();
    toasts.push({ state: 'pass', title: 'one' });
    vi.advanceTimersByTime(TOAST_MS - 1);
    toasts.pause();
    toasts.push({ state: 'pass', title: 'two' });
    vi.advanceTimersByTime(TOAST_MS * 10);
    expect(toasts.items).toHaveLength(2);
    toasts.resume();
    vi.advanceTimersByTime(TOAST_MS);
    expect(toasts.items).toHaveLength(0);
  });

  it('keeps the newest when the corner is full', () => {
    const toasts = new Toasts();
    for (let index = 0; index < MAX_TOASTS + 2; index += 1) toasts.push({ state: 'pass', title: `${index}` });
    flushSync();
    expect(toasts.items.map((toast) => toast.title)).toEqual(['2', '3', '4', '5']);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { kept, Places, QUIET_MS, settled } from './places.svelte';

const key = (value: string) => value;
const shown = (slots: { key: string; gone: boolean }[]) =>
  slots.map((slot) => (slot.gone ? `(${slot.key})` : slot.key)).join(' ');

describe('places', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('stay while somebody reaches for one, and what is new comes last', () => {
    const before = settled(['a', 'b', 'c'], key);
    expect(shown(kept(before, ['d', 'c', 'b'], key))).toBe('(a) b c d');
    expect(shown(kept(kept(before, ['b'], key), ['a', 'b'], key))).toBe('a b (c)');
  });

  it('follow the order at once while nobody is near', () => {
    const places = new Places(['a', 'b'], key);
    places.take(['b', 'a']);
    expect(shown(places.slots)).toBe('b a');
  });

  it('keep a digit free until it has been quiet', () => {
    const places = new Places(['a', 'b'], key);
    places.touch();
    places.take(['c', 'b']);
    expect(shown(places.slots)).toBe('(a) b c');
    expect(places.at(0)).toBeUndefined();
    expect(places.at(1)).toBe('b');
    vi.advanceTimersByTime(QUIET_MS + 100);
    expect(shown(places.slots)).toBe('c b');
    places.stop();
  });

  it('wait as long as the pointer is there', () => {
    const places = new Places(['a', 'b'], key);
    places.approach(true);
    places.take(['b']);
    vi.advanceTimersByTime(10 * QUIET_MS);
    expect(shown(places.slots)).toBe('(a) b');
    places.approach(false);
    vi.advanceTimersByTime(2 * QUIET_MS + 200);
    expect(shown(places.slots)).toBe('b');
    places.stop();
  });
});

import { describe, expect, it } from 'vitest';
import * as format from '.';

/** Reads better in expectations; the narrow space itself is asserted once below. */
const plain = (text: string) => text.replaceAll(format.THIN, ' ');
const S = 1000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;
const thursday = Date.UTC(2026, 8, 17, 12, 6, 0);
const reader = { now: thursday, zone: 'Europe/Berlin' };

describe('duration', () => {
  it.each([
    [48 * H + 6 * M, '48 h 06 m'],
    [48 * H, '48 h'],
    [2 * M + 5 * S, '2 min 05 s'],
    [4 * M + 10 * S + 999, '4 min 10 s'],
    [41 * S, '41 s'],
    [999, '0 s'],
    [-5 * S, '0 s'],
    [59 * M + 59 * S, '59 min 59 s'],
  ])('%i ms is %s', (ms, text) => {
    expect(plain(format.duration(ms))).toBe(text);
  });

  it('counts days only when asked', () => {
    expect(plain(format.duration(76 * H))).toBe('76 h');
    expect(plain(format.duration(76 * H, { largest: 'd' }))).toBe('3 d 04 h');
    expect(plain(format.duration(7 * D, { largest: 'd', keepZero: true }))).toBe('7 d 00 h');
  });

  it('keeps figure and unit on one line', () => {
    expect(format.duration(H)).toBe('1\u202fh');
  });

  it('never shows time as passed before it has', () => {
    for (const ms of [1, 999, 1001, 59_999, 3_599_999, 86_399_999]) {
      const [, figure = '0', unit] = /^(\d+)\s(\S+)/u.exec(plain(format.duration(ms))) ?? [];
      const size = { s: S, min: M, h: H }[unit ?? 's'] ?? S;
      expect(Number(figure) * size).toBeLessThanOrEqual(ms);
    }
  });

  it('rounds a countdown up', () => {
    expect(plain(format.countdown(97_100))).toBe('1 min 38 s');
    expect(plain(format.countdown(60_000))).toBe('1 min 00 s');
    expect(plain(format.countdown(1))).toBe('1 s');
    expect(plain(format.countdown(0))).toBe('0 s');
  });

  it('gives ages in one part', () => {
    expect([15 * S, 54 * M + 40 * S, 3 * H, 2 * D].map((ms) => plain(format.age(ms)))).toEqual([
      '15 s',
      '54 min',
      '3 h',
      '2 d',
    ]);
  });
});

describe('time', () => {
  it('writes day, clock and zone', () => {
    expect(format.absolute(thursday, reader)).toBe('Thu 17 Sep 14:06 CEST');
    expect(format.absolute(Date.UTC(2025, 0, 2, 9, 5), reader)).toBe('Thu 2 Jan 2025 10:05 CET');
  });

  it('adds the distance', () => {
    expect(plain(format.full(Date.UTC(2026, 8, 18, 16, 0), reader))).toBe(
      'Fri 18 Sep 18:00 CEST, in 1 d 3 h',
    );
    expect(plain(format.relative(thursday - 15 * S, reader))).toBe('15 s ago');
    expect(format.relative(thursday - 4 * S, reader)).toBe('now');
  });

  it('shortens by distance, and never to an ambiguous weekday', () => {
    expect(format.brief(thursday - H, reader)).toBe('13:06');
    expect(format.brief(thursday - 2 * D, reader)).toBe('Tue 14:06');
    expect(format.brief(thursday - 7 * D, reader)).toBe('10 Sep 14:06');
  });

  it('follows the zone across midnight', () => {
    const late = Date.UTC(2026, 8, 16, 22, 30);
    expect(format.brief(late, reader)).toBe('00:30');
    expect(format.brief(late, { now: thursday, zone: 'UTC' })).toBe('Wed 22:30');
  });
});

describe('numbers', () => {
  it('writes shares, counts and figures', () => {
    expect(plain(format.percent(0.0021))).toBe('0.21 %');
    expect(plain(format.percent(1))).toBe('100 %');
    expect(plain(format.percent(0.005))).toBe('0.5 %');
    expect(format.count(1842)).toBe('1,842');
    expect(format.figure(0.1 + 0.2)).toBe('0.3');
    expect(format.figure(171.4)).toBe('171');
    expect(format.figure(Number.NaN)).toBe('');
    expect(format.of(6, 42)).toBe('6 of 42');
    expect([format.counted(1, 'fact'), format.counted(6, 'fact')]).toEqual(['1 fact', '6 facts']);
  });
});

describe('digests and names', () => {
  it('shortens without losing both ends', () => {
    const value = 'sha256:41c97d02aaaaaaaaaaaaaaaae07b';
    expect(format.digest(value)).toBe('41c9 7d02 … e07b');
    expect(format.digestShort('b07e5d20ffffff41')).toBe('b07e…41');
    expect(format.commit('9f3c1ab0123')).toBe('9f3c1ab');
    expect(format.digest('abcd')).toBe('abcd');
  });

  it('takes first and last initial', () => {
    expect(['Mara Lindqvist', 'Jan van der Berg', 'Öz', '  '].map(format.initials)).toEqual([
      'ML',
      'JB',
      'Ö',
      '',
    ]);
  });
});

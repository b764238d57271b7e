import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

// Read as a file: the test runner hands out style sheets empty, and its working directory is the package.
const css = readFileSync('src/styles/tokens.css', 'utf8');

/** Colour roles of a theme, as written in its block. */
function theme(name: string): Map<string, string> {
  const block = new RegExp(`data-theme='${name}'\\] \\{([^}]*)\\}`, 'u').exec(css)?.[1] ?? '';
  return new Map(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/gu)].map((found) => [found[1] ?? '', found[2] ?? '']),
  );
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(first: string, second: string): number {
  const [light = 0, dark = 0] = [luminance(first), luminance(second)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const GROUNDS = [
  'canvas',
  'surface',
  'raised',
  'sidebar',
  'sunken',
  'hover',
  'selected',
  'code',
  'accent-soft',
];
const STATES = ['pass', 'fail', 'inconclusive', 'no-data', 'stale', 'waived', 'unknown'];

/** Pairs that carry words. */
const TEXT = [
  ...GROUNDS.flatMap((ground) => [
    ['ink', ground],
    ['ink-2', ground],
  ]),
  ...['canvas', 'surface', 'sidebar', 'code'].map((ground) => ['ink-3', ground]),
  ...STATES.flatMap((state) => [
    [state, 'surface'],
    [state, `${state}-soft`],
    ['ink', `${state}-soft`],
    ['ink-2', `${state}-soft`],
  ]),
  ['accent', 'surface'],
  ['accent', 'accent-soft'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-strong'],
  ['on-danger', 'danger'],
];

/** Pairs that carry shapes: borders of controls, glyphs, lines of charts. */
const GRAPHIC = [
  ['field', 'surface'],
  ['field', 'canvas'],
  ['accent', 'canvas'],
  ['fail', 'surface'],
  ['series', 'surface'],
  ['series', 'band'],
  ['control', 'surface'],
  ...STATES.flatMap((state) => [
    [state, 'canvas'],
    [state, 'selected'],
  ]),
];

describe.each(['light', 'dark', 'contrast'])('theme %s', (name) => {
  const roles = theme(name);
  const of = (role: string | undefined) => {
    const value = roles.get(role ?? '');
    if (!value) throw new Error(`theme ${name} has no role ${role}`);
    return value;
  };

  it.each(TEXT)('%s is readable on %s', (front, ground) => {
    expect(contrast(of(front), of(ground))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(GRAPHIC)('%s can be seen on %s', (front, ground) => {
    expect(contrast(of(front), of(ground))).toBeGreaterThanOrEqual(3);
  });
});

it('gives every theme the same roles', () => {
  const names = (name: string) => [...theme(name).keys()].filter((role) => role !== 'float-edge').sort();
  expect(names('dark')).toEqual(names('light'));
  expect(names('contrast')).toEqual(names('light'));
  expect(names('light').length).toBeGreaterThan(30);
});

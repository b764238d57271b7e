import { render } from '@testing-library/svelte';
import type { Component } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import ChartSheet from '../src/routes/showcase/ChartSheet.svelte';
import KitSheet from '../src/routes/showcase/KitSheet.svelte';
import ShellSheet from '../src/routes/showcase/ShellSheet.svelte';
import { findings } from './axe';
import WithRouter from './WithRouter.svelte';

// jsdom has no canvas. What is drawn is tested apart, and looked at.
vi.mock('uplot', async () => ({ default: (await import('./no-plot')).NoPlot }));

describe.each<[string, Component]>([
  ['kit', KitSheet],
  ['shell', ShellSheet],
  ['charts', ChartSheet],
])('the %s sheet', (_, page) => {
  beforeEach(() => {
    document.documentElement.lang = 'en';
    document.title = 'Seaworthy';
    render(WithRouter, { page });
  });

  it('has no finding of axe', async () => {
    expect(await findings(document.documentElement)).toEqual([]);
  }, 30_000);

  it('has one first heading', () => {
    expect(document.querySelectorAll('h1')).toHaveLength(1);
  });

  it('carries no style attribute in its markup', () => {
    for (const element of document.querySelectorAll('template')) {
      expect(element.innerHTML).not.toContain('style=');
    }
  });
});

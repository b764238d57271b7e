import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../src/App.svelte';
import { findings } from './axe';

vi.mock('uplot', async () => ({ default: (await import('./no-plot')).NoPlot }));

describe('the window', () => {
  beforeEach(() => {
    document.documentElement.lang = 'en';
    document.title = 'Seaworthy';
    location.hash = '';
    render(App);
  });

  it('says what will be here, and takes its theme', async () => {
    expect(screen.getByText('No release is open')).toBeTruthy();
    expect(document.documentElement.dataset.theme).toBe('light');
    expect(await findings(document.documentElement)).toEqual([]);
  });

  it('lists every key that works', async () => {
    await userEvent.keyboard('?');
    const dialog = await screen.findByRole('dialog', { name: 'Keys on this screen' });
    expect(dialog.textContent).toContain('F6');
    expect(dialog.textContent).toContain('Next region');
    await userEvent.keyboard('{Escape}');
    await vi.waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });
});

import { screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { FakeBackend } from '../src/lib/backend/fake';
import { rollout } from '../src/lib/backend/fake/rollout';
import type { ReleaseView } from '../src/lib/wire/wire';
import { findings } from './axe';
import { acts, at, openWindow, refusal } from './window';

vi.mock('uplot', async () => ({ default: (await import('./no-plot')).NoPlot }));

function unseen(): ReleaseView {
  const title = 'reserve-web 4.12.0: errors is over its limit';
  return {
    ...rollout(),
    notices: {
      open: [{ title, body: 'error_rate > 1%', said: 0, times: 2 }],
      unheard: [{ title, why: 'no notification service', at: 0 }],
    },
  };
}

async function openSettings(backend = FakeBackend.of('home')) {
  await openWindow(backend, '#/home');
  await userEvent.keyboard('{Control>},{/Control}');
  const dialog = await screen.findByRole('dialog', { name: 'Settings' });
  await within(dialog).findByRole('switch', { name: /Hide names/ });
  return { backend, dialog };
}

describe('what people were told', () => {
  it('stays on the screen until somebody saw it, and what nobody heard stays longer', async () => {
    const backend = await openWindow(new FakeBackend([unseen()]), at(unseen(), 'rollout'));
    const told = await screen.findByRole('region', { name: 'What you were told' });
    expect(told.textContent).toContain('Said 2 times, and nobody has said that they saw it');
    expect(told.textContent).toContain('no notification service');
    expect(await findings(told)).toEqual([]);
    await userEvent.click(within(told).getByRole('button', { name: 'I saw it' }));
    expect(acts(backend).map((request) => request.do)).toEqual(['seen']);
    expect(told.textContent).not.toContain('nobody has said');
    expect(told.textContent).toContain('no notification service');
  });

  it('is nowhere when there is nothing of it', async () => {
    await openWindow(FakeBackend.of('rollout'), at(rollout(), 'rollout'));
    await screen.findByRole('heading', { name: 'Ladder' });
    expect(screen.queryByRole('region', { name: 'What you were told' })).toBeNull();
  });
});

describe('settings of notices', () => {
  it('keep quiet hours by the clock of this window and refuse what is none', async () => {
    const { backend, dialog } = await openSettings();
    expect(await findings(dialog)).toEqual([]);
    await userEvent.click(within(dialog).getByRole('switch', { name: /Quiet hours/ }));
    const from = await within(dialog).findByRole('textbox', { name: 'From' });
    await userEvent.clear(from);
    await userEvent.type(from, '7');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Keep these hours' }));
    expect(await within(dialog).findByText('quiet hours are two times of day')).toBeTruthy();
    await userEvent.clear(from);
    await userEvent.type(from, '21:30');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Keep these hours' }));
    expect(backend.attention.quiet?.from).toBe('21:30');
    expect(within(dialog).queryByRole('button', { name: 'Keep these hours' })).toBeNull();
    await userEvent.click(within(dialog).getByRole('switch', { name: /Quiet hours/ }));
    expect(backend.attention.quiet).toBeNull();
  });

  it('hide names', async () => {
    const { backend, dialog } = await openSettings();
    const hide = within(dialog).getByRole('switch', { name: /Hide names/ });
    await userEvent.click(hide);
    expect(backend.attention.names_hidden).toBe(true);
    expect(hide.getAttribute('aria-checked')).toBe('true');
  });

  it('say who shows notices, or that nobody can be told', async () => {
    const backend = FakeBackend.of('home');
    backend.attention = { ...backend.attention, service: null, problem: 'no service' };
    backend.on('try_notice', () => {
      throw refusal('outside', 'no notice was shown: no service');
    });
    const { dialog } = await openSettings(backend);
    expect(within(dialog).getByText('Nobody can be told: no service.')).toBeTruthy();
    await userEvent.click(within(dialog).getByRole('button', { name: 'Show a notice' }));
    expect(await within(dialog).findByText('no notice was shown: no service')).toBeTruthy();
  });
});

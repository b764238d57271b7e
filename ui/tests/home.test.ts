import { screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { FakeBackend } from '../src/lib/backend/fake';
import { cardOf, eventsOf, ledgerOf } from '../src/lib/backend/fake/home';
import { readiness } from '../src/lib/backend/fake/readiness';
import { breach, rollout } from '../src/lib/backend/fake/rollout';
import { findings } from './axe';
import { acts, at, openWindow, refusal } from './window';

vi.mock('uplot', async () => ({ default: (await import('./no-plot')).NoPlot }));

const rowNames = (label: string) =>
  within(screen.getByRole('grid', { name: label }))
    .getAllByRole('row')
    .slice(1)
    .map((row) => row.textContent);

async function openHome(backend = FakeBackend.of('home')) {
  await openWindow(backend, '#/home');
  await screen.findByRole('grid', { name: 'Releases' });
  return backend;
}

describe('Home', () => {
  it('has no finding of axe and one first heading', async () => {
    await openHome();
    expect(await findings(document.documentElement)).toEqual([]);
    expect(screen.getAllByRole('heading', { level: 1 })).toHaveLength(1);
  });

  it('asks the four questions of every open release', async () => {
    await openHome();
    const heads = screen.getAllByRole('columnheader').map((one) => one.textContent);
    expect(heads).toEqual([
      'Release',
      'Phase',
      'May it move?',
      'What blocks it?',
      'In production',
      'What happened?',
      'Next',
    ]);
    expect(rowNames('Releases')).toHaveLength(3);
    await userEvent.click(screen.getByRole('radio', { name: 'Over 1' }));
    expect(rowNames('Releases').join()).toContain('docs-site');
  });

  it('leads to what waits by its digit, and comes back by keyboard', async () => {
    await openHome();
    await userEvent.keyboard('2');
    await screen.findByRole('heading', { name: 'Ladder' });
    expect(location.hash).toBe(at(rollout(), 'rollout'));
    await userEvent.keyboard('gh');
    await screen.findByRole('heading', { level: 1, name: 'Home' });
  });

  it('finds a release by its words and says when none has them', async () => {
    await openHome();
    await userEvent.keyboard('/');
    expect(document.activeElement?.tagName).toBe('INPUT');
    await userEvent.keyboard('undici');
    await waitFor(() => expect(rowNames('Releases').join()).toContain('ledger-api'));
    expect(rowNames('Releases')).toHaveLength(1);
    await userEvent.keyboard('xx');
    expect(await screen.findByText('No release has these words.')).toBeTruthy();
    await userEvent.keyboard('{Escape}');
    await waitFor(() => expect(rowNames('Releases')).toHaveLength(3));
  });

  it('opens a row with Enter after J', async () => {
    await openHome();
    await userEvent.keyboard('jj{Enter}');
    await screen.findByRole('heading', { level: 1, name: /field-forms/u });
  });

  it('takes over a change, and keeps a digit while the pointer is there', async () => {
    const backend = await openHome(new FakeBackend([readiness(), rollout()]));
    await userEvent.hover(screen.getByRole('button', { name: /Decide/u }));
    backend.views = [{ ...breach(), head: { ...breach().head, id: 'zz' } }, readiness()];
    backend.push({ push: 'releases', releases: backend.views.map(cardOf) });
    await screen.findByText(/A guardrail is over its limit\./u);
    expect(screen.getByRole('button', { name: /See checks/u }).textContent).toContain('2');
    expect(screen.getByText('Done, or not asked for any more')).toBeTruthy();
  });

  it('keeps single letters of a release to the screens of a release', async () => {
    const backend = await openHome();
    await userEvent.keyboard('h');
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(acts(backend)).toEqual([]);
  });
});

describe('the ledger', () => {
  // Few entries: jsdom needs a second to name a hundred rows.
  function few() {
    const backend = FakeBackend.of('home');
    backend.events = 30;
    backend.verified = 21;
    return backend;
  }

  async function open(backend = few(), hash = '#/ledger') {
    await openWindow(backend, hash);
    await screen.findByRole('grid', { name: 'Ledger' });
    return backend;
  }

  it('has no finding of axe and one first heading, for everything and for one release', async () => {
    for (const hash of ['#/ledger', at(rollout(), 'ledger')]) {
      const { cleanup } = await import('@testing-library/svelte');
      await open(few(), hash);
      expect(await findings(document.documentElement)).toEqual([]);
      expect(screen.getAllByRole('heading', { level: 1 })).toHaveLength(1);
      cleanup();
    }
  });

  it('asks for the entries of the release, of a group, and with words', async () => {
    const backend = await open(few(), at(rollout(), 'ledger'));
    await userEvent.click(screen.getByRole('radio', { name: 'Calls' }));
    await userEvent.keyboard('/');
    await userEvent.keyboard('hold');
    const which = { release: rollout().head.id, folder: null };
    await waitFor(() => {
      const asked = backend.asked.filter((one) => one.do === 'log');
      expect(asked.at(-1)).toEqual({
        do: 'log',
        which,
        search: 'hold',
        group: 'calls',
        before: null,
        limit: 200,
      });
    });
    expect(await screen.findByText('No entry fits')).toBeTruthy();
  });

  it('shows what an entry is made of, and the next with J', async () => {
    await open();
    expect(await screen.findByText(/"seq": 30/u)).toBeTruthy();
    await userEvent.keyboard('j');
    expect(await screen.findByText(/"seq": 29/u)).toBeTruthy();
  });

  it('verifies again by V and says how much fits', async () => {
    const backend = await open();
    expect(await screen.findByText(/9 were written since/u)).toBeTruthy();
    expect(screen.getByRole('button', { name: /30 events, 21 verified/u })).toBeTruthy();
    await userEvent.keyboard('v');
    expect(await screen.findByText('30 entries fit')).toBeTruthy();
    expect(await screen.findByRole('button', { name: 'Ledger verified, 30 events' })).toBeTruthy();
    expect(backend.asked).toContainEqual({ do: 'ledger', verify: true });
  });

  it('follows what is written', async () => {
    const backend = await open();
    backend.events = 32;
    backend.push({ push: 'ledger', view: ledgerOf(32, 21) });
    expect(await screen.findByRole('button', { name: /32 events, 21 verified/u })).toBeTruthy();
    await waitFor(() => expect(rowNames('Ledger')[0]).toContain('32'));
  });

  it('names what does not fit', async () => {
    const backend = few();
    const lines = [{ state: 'fail' as const, text: 'event 7 was changed' }];
    backend.on('ledger', () => ({ reply: 'ledger', data: { ...ledgerOf(9, 6), state: 'fail', lines } }));
    await open(backend);
    expect(await screen.findByRole('heading', { name: 'Does not fit' })).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Ledger: event 7 was changed' })).toBeTruthy();
  });

  it('says when the entries cannot be read, and reads again', async () => {
    const backend = FakeBackend.of('home');
    let calls = 0;
    backend.on('log', (request) => {
      calls += 1;
      if (calls === 1) throw refusal('outside', 'the disk does not answer');
      return { reply: 'events', data: eventsOf(request, 12, null) };
    });
    await openWindow(backend, '#/ledger');
    expect(await screen.findByText('the disk does not answer')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Read again' }));
    await screen.findByRole('grid', { name: 'Ledger' });
  });
});

describe('settings', () => {
  it('fix the theme by keyboard and keep it', async () => {
    await openHome();
    await userEvent.keyboard('{Control>},{/Control}');
    const dialog = await screen.findByRole('dialog', { name: 'Settings' });
    await userEvent.click(within(dialog).getByRole('radio', { name: 'Dark' }));
    expect(document.documentElement.dataset.theme).toBe('dark');
    expect(localStorage.getItem('seaworthy.theme')).toBe('dark');
    await userEvent.click(within(dialog).getByRole('radio', { name: 'As the system' }));
    expect(document.documentElement.dataset.theme).toBe('light');
  });
});

import { cleanup, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { FakeBackend } from '../src/lib/backend/fake';
import { readiness } from '../src/lib/backend/fake/readiness';
import { rehearsal, rollout } from '../src/lib/backend/fake/rollout';
import { findings } from './axe';
import { at, openWindow, refusal } from './window';

vi.mock('uplot', async () => ({ default: (await import('./no-plot')).NoPlot }));

describe('a window without releases', () => {
  it('says how to begin, and takes its theme', async () => {
    await openWindow(FakeBackend.of('empty'));
    expect(await screen.findByRole('button', { name: /Rehearse a release/u })).toBeTruthy();
    expect(screen.getByText('seaworthy open 1.0.0')).toBeTruthy();
    expect(document.documentElement.dataset.theme).toBe('light');
    expect(await findings(document.documentElement)).toEqual([]);
  });

  it('lists every key that works', async () => {
    await openWindow(FakeBackend.of('empty'));
    await userEvent.keyboard('?');
    const dialog = await screen.findByRole('dialog', { name: 'Keys on this screen' });
    expect(dialog.textContent).toContain('F6');
    expect(dialog.textContent).toContain('Rehearse a release');
    await userEvent.keyboard('{Escape}');
    await vi.waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('rehearses with one key, and leaves only after a question', async () => {
    await openWindow(FakeBackend.of('empty'));
    await userEvent.keyboard('p');
    expect(await screen.findByRole('complementary', { name: 'Rehearsal' })).toBeTruthy();
    await screen.findByRole('heading', { name: /practice-harbor/u });
    expect(document.title).toBe('Seaworthy Rehearsal');
    await userEvent.keyboard('{Escape}');
    await screen.findByRole('dialog', { name: 'Leave the rehearsal?' });
    await userEvent.keyboard('{Control>}{Enter}{/Control}');
    await screen.findByRole('button', { name: /Rehearse a release/u });
  });
});

describe('the frame', () => {
  it('opens on Home, and a rehearsal on its release', async () => {
    await openWindow(new FakeBackend([readiness(), rollout()]));
    expect(await screen.findByRole('heading', { level: 1, name: 'Home' })).toBeTruthy();
    await waitFor(() => expect(location.hash).toBe('#/home'));
    cleanup();
    await openWindow(new FakeBackend([rehearsal()], 'rehearsal'));
    expect(await screen.findByRole('heading', { level: 1, name: /practice-harbor/u })).toBeTruthy();
    expect(location.hash).toMatch(/^#\/release\//u);
  });

  it('goes between the screens by keyboard', async () => {
    await openWindow(new FakeBackend([rollout()]), at(rollout(), 'readiness'));
    await screen.findByRole('tree', { name: 'Proof' });
    await userEvent.keyboard('go');
    await screen.findByRole('heading', { name: 'Ladder' });
    await userEvent.keyboard('gr');
    await screen.findByRole('tree', { name: 'Proof' });
  });

  it('begins a rehearsal from the sidebar and by a chord', async () => {
    const begun: string[] = [];
    for (const how of ['link', 'chord']) {
      const backend = new FakeBackend([readiness()]);
      await openWindow(backend, at(readiness(), 'readiness'));
      await screen.findByRole('tree');
      if (how === 'link') await userEvent.click(screen.getByRole('link', { name: /Rehearse/u }));
      else await userEvent.keyboard('gp');
      await screen.findByRole('heading', { name: /practice-harbor/u });
      begun.push(how);
      cleanup();
    }
    expect(begun).toEqual(['link', 'chord']);
  });

  it('names a release that is not here', async () => {
    await openWindow(new FakeBackend([readiness()]), '#/release/elsewhere/rollout');
    expect(await screen.findByText('This release is not on this computer')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Open the newest release' }));
    await screen.findByRole('tree', { name: 'Proof' });
    location.hash = '#/release/elsewhere/rollout';
    expect(await screen.findByText('This release is not on this computer')).toBeTruthy();
    location.hash = '';
    await screen.findByRole('heading', { level: 1, name: 'Home' });
  });

  it('says what the engine said when it cannot be read, and reads again', async () => {
    const backend = new FakeBackend([]);
    let calls = 0;
    backend.on('releases', () => {
      calls += 1;
      if (calls === 1) throw refusal('integrity', 'the ledger ends early');
      return { reply: 'releases', data: [] };
    });
    backend.on('home', () => {
      if (calls < 2) throw refusal('integrity', 'the ledger ends early');
      return { reply: 'home', data: { waiting: [], waiting_total: 0, releases: [], now: 0 } };
    });
    await openWindow(backend);
    const words = await screen.findByText(/the ledger ends early/u);
    expect(words.closest('[role=alert]')).not.toBeNull();
    await userEvent.keyboard('r');
    await screen.findByRole('button', { name: /Rehearse a release/u });
  });

  it('keeps what it knew when a later reading fails, and says how old it is', async () => {
    const backend = await openWindow(new FakeBackend([readiness()]), at(readiness(), 'readiness'));
    await screen.findByRole('tree');
    backend.on('status', () => {
      throw refusal('outside', 'the disk does not answer');
    });
    document.dispatchEvent(new Event('visibilitychange'));
    expect(await screen.findByText(/Last read at/u)).toBeTruthy();
    expect(screen.getByRole('tree')).toBeTruthy();
  });

  it('announces a changed answer politely and a breach at once', async () => {
    const view = rollout();
    const backend = await openWindow(new FakeBackend([view]), at(view, 'rollout'));
    await screen.findByRole('heading', { name: 'Ladder' });
    const { breach } = await import('../src/lib/backend/fake/rollout');
    backend.change({ ...breach(), now: view.now + 1000 });
    await waitFor(() => {
      const alerts = screen.getAllByRole('alert').map((one) => one.textContent);
      expect(alerts.join()).toContain('A guardrail is over its limit');
    });
    const said = screen.getAllByRole('status').map((one) => one.textContent);
    expect(said.join()).toContain('No. A guardrail is over');
  });
});

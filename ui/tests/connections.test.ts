import { screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { FakeBackend } from '../src/lib/backend/fake';
import { CONNECTIONS, STORES } from '../src/lib/backend/fake/connections';
import { words } from '../src/lib/text/connections.en';
import type { ConnectionView, Stand } from '../src/lib/wire/wire';
import { findings } from './axe';
import { openWindow, refusal } from './window';

vi.mock('uplot', async () => ({ default: (await import('./no-plot')).NoPlot }));

async function open(backend = FakeBackend.of('home')) {
  await openWindow(backend, '#/connections');
  await screen.findByRole('grid', { name: 'Connections' });
  return backend;
}

const names = () =>
  within(screen.getByRole('grid', { name: 'Connections' }))
    .getAllByRole('row')
    .slice(1)
    .map((row) => row.dataset.key);

/** One that works, with whatever it has otherwise. */
const like = (more: Partial<ConnectionView>): ConnectionView => {
  const vercel = CONNECTIONS.find((one) => one.name === 'vercel');
  if (!vercel) throw new Error('the fake has no vercel');
  return { ...vercel, ...more };
};

const choose = async (name: string) => userEvent.click(await screen.findByTitle(name));
const changes = (backend: FakeBackend) =>
  backend.asked.filter(({ do: kind }) =>
    ['connect', 'test_connection', 'remove_connection', 'unlock'].includes(kind),
  );

describe('connections', () => {
  it('have no finding of axe and one first heading, what needs somebody first', async () => {
    await open();
    await screen.findByText(/Secret Service/u);
    expect(await findings(document.documentElement)).toEqual([]);
    expect(screen.getAllByRole('heading', { level: 1 })).toHaveLength(1);
    expect(names()).toEqual(['grafana', 'vercel-eu', 'vercel-staging', 'prometheus', 'vercel']);
    await userEvent.click(screen.getByRole('radio', { name: 'To look at 3' }));
    expect(names()).toEqual(['grafana', 'vercel-eu', 'vercel-staging']);
  });

  it('are reached by keyboard from anywhere', async () => {
    await openWindow(FakeBackend.of('home'), '#/home');
    await userEvent.keyboard('gn');
    await screen.findByRole('grid', { name: 'Connections' });
    expect(location.hash).toBe('#/connections');
  });

  it('connect what a policy asks for, without a token on this page', async () => {
    const backend = await open();
    await screen.findByText('Not connected yet');
    expect(document.querySelector('input[type=password]')).toBeNull();
    await userEvent.click(screen.getByRole('radio', { name: 'Vault' }));
    await userEvent.keyboard('1');
    await screen.findByText('grafana is connected as mara in acme');
    const from = { from: 'policy', folder: '/srv/field-forms' };
    const plan = { name: 'grafana', from, vault: true, instead_of: null, allow_loopback_http: false };
    expect(changes(backend)).toEqual([{ do: 'connect', order: { plan, token: '' } }]);
    await waitFor(() => expect(screen.getByRole('radio', { name: 'To look at 2' })).toBeTruthy());
  });

  it('give an origin up only as the one that was seen', async () => {
    const backend = await open();
    await choose('vercel-eu');
    await screen.findByText('A policy names another origin');
    expect(screen.getByText('names https://api.vercel.example')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: /Connect again/u }));
    await waitFor(() => expect(changes(backend)).toHaveLength(1));
    const [asked] = changes(backend);
    expect(asked?.do === 'connect' && asked.order.plan.instead_of).toBe('https://api.vercel.com');
  });

  it('are tested, replaced and removed by their digits', async () => {
    const backend = await open();
    await choose('vercel');
    await userEvent.keyboard('1');
    await screen.findByText('vercel works, as mara in acme');
    await userEvent.keyboard('2');
    await screen.findByText('The token of vercel is replaced');
    await userEvent.keyboard('3');
    await screen.findByText('vercel is no longer connected');
    expect(changes(backend).map((one) => one.do)).toEqual([
      'test_connection',
      'connect',
      'remove_connection',
    ]);
    await waitFor(() => expect(names()).not.toContain('vercel'));
  });

  it('say what a test found, and stay where they were after a no', async () => {
    const backend = await open();
    backend.on('test_connection', () => {
      throw refusal('outside', 'https://api.vercel.com refuses the token of vercel (401)');
    });
    backend.on('connect', () => {
      throw refusal('cancelled', 'nothing was done');
    });
    await choose('vercel');
    await userEvent.keyboard('1');
    await screen.findByText('vercel does not work');
    await userEvent.keyboard('2');
    await waitFor(() => expect(changes(backend)).toHaveLength(2));
    expect(document.querySelector('.fault')).toBeNull();
  });

  it('open the vault from where it stands and from a refusal', async () => {
    const backend = await open();
    backend.on('test_connection', () => {
      throw refusal('needs_passphrase', 'the vault needs its passphrase');
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Open vault…' }));
    await screen.findByText('The vault is open');
    await choose('vercel-staging');
    await userEvent.keyboard('2');
    const note = await waitFor(() => {
      const found = document.querySelector<HTMLElement>('.fault');
      if (!found) throw new Error('nothing was refused');
      return found;
    });
    await userEvent.click(await within(note).findByRole('button', { name: 'Open vault…' }));
    await waitFor(() => expect(changes(backend).filter((one) => one.do === 'unlock')).toHaveLength(2));
  });

  it('tell a keychain that is locked, absent, slow or ambiguous apart, in words that help', async () => {
    const stands: Stand[] = ['locked', 'absent', 'slow', 'ambiguous', 'missing', 'failed', 'unreachable'];
    const seen = new Set<string>();
    for (const stand of stands) {
      const { cleanup } = await import('@testing-library/svelte');
      const backend = FakeBackend.of('home');
      const text = `said of ${stand}`;
      const one = like({ stand, state: 'fail', text });
      const stores = STORES.slice(0, 1).map((store) => ({ ...store, stand, state: 'fail' as const, text }));
      backend.on('connections', () => ({
        reply: 'connections',
        data: { connections: [one], vault: 'not_made', stores },
      }));
      await open(backend);
      await screen.findByText(words.stands[stand].title);
      seen.add(words.stands[stand].line(one.name, one.origin));
      expect(screen.getAllByRole('button', { name: /…|Test/u }).length).toBeGreaterThan(1);
      cleanup();
    }
    expect(seen.size).toBe(stands.length);
  });

  it('say what is practice, where nothing can be changed', async () => {
    const backend = FakeBackend.of('rehearsal');
    const one = like({ name: 'practice', store: 'memory' });
    backend.on('connections', () => ({
      reply: 'connections',
      data: { connections: [one], vault: 'open', stores: [] },
    }));
    await open(backend);
    await screen.findByText(/A rehearsal has its own service/u);
    expect(screen.queryByRole('button', { name: /Remove/u })).toBeNull();
    expect(screen.getByRole('button', { name: /Test/u })).toBeTruthy();
  });

  it('say when they are empty, unread and old', async () => {
    const backend = FakeBackend.of('home');
    let fails = true;
    backend.on('connections', () => {
      if (fails) throw refusal('outside', 'the disk does not answer');
      return { reply: 'connections', data: { connections: [], vault: 'not_made', stores: [] } };
    });
    await openWindow(backend, '#/connections');
    await screen.findByText('Connections could not be read');
    fails = false;
    await userEvent.keyboard('r');
    await screen.findByText('Nothing is connected');
    fails = true;
    await userEvent.keyboard('r');
    await screen.findByText(/the disk does not answer\. What is shown was read before that\./u);
    expect(screen.getByText('Nothing is connected')).toBeTruthy();
  });
});

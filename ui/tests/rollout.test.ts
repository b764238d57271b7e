import { screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { FakeBackend } from '../src/lib/backend/fake';
import { readiness } from '../src/lib/backend/fake/readiness';
import { breach, rehearsal, rollout, unknown } from '../src/lib/backend/fake/rollout';
import type { ReleaseView } from '../src/lib/wire/wire';
import { findings } from './axe';
import { acts, at, openWindow, refusal } from './window';

vi.mock('uplot', async () => ({ default: (await import('./no-plot')).NoPlot }));

async function open(view: ReleaseView = rollout(), backend = new FakeBackend([view])) {
  await openWindow(backend, at(view, 'rollout'));
  await screen.findByRole('heading', { name: 'Ladder' });
  return backend;
}

const which = { release: rollout().head.id, folder: null };
const SEND = '{Control>}{Enter}{/Control}';

describe('Rollout', () => {
  it.each([
    ['soaked', rollout],
    ['in a breach', breach],
    ['of unknown outcome', unknown],
    ['not begun', readiness],
  ])(
    '%s has no finding of axe',
    async (_, view) => {
      await open(view());
      await screen.findByRole('heading', { name: 'Guardrails' });
      expect(await findings(document.documentElement)).toEqual([]);
    },
    30_000,
  );

  it('draws the ladder with the highest stage on top and the current one marked', async () => {
    await open();
    const steps = screen
      .getAllByRole('listitem')
      .filter(
        (one) => /percent|%/u.test(one.textContent ?? '') && one.querySelector('[aria-label$="percent"]'),
      );
    expect(
      steps.map((one) => one.querySelector('[aria-label$="percent"]')?.getAttribute('aria-label')),
    ).toEqual(['100 percent', '25 percent', '5 percent']);
    expect(document.querySelector('[aria-current=step]')?.textContent).toContain('Beta');
  });

  it('shows what will be sent, and asks for it where a person confirms', async () => {
    const backend = await open();
    backend.on('move', () => ({ reply: 'release', data: rollout() }));
    expect(await screen.findByRole('group', { name: 'What will be sent 1' })).toBeTruthy();
    await userEvent.keyboard(SEND);
    await waitFor(() =>
      expect(acts(backend)).toEqual([{ do: 'move', which, step: { step: 'advance' }, expect: 'stage:2' }]),
    );
  });

  it('sends nothing on a single key', async () => {
    const backend = await open(breach());
    for (const key of ['h', 'R', 'Enter', ' ', '1', '2', 'y', 't']) {
      await userEvent.keyboard(key === 'R' ? '{Shift>}R{/Shift}' : key === 'Enter' ? '{Enter}' : key);
      await userEvent.keyboard('{Escape}');
    }
    expect(acts(backend).filter((one) => one.do !== 'hold' && one.do !== 'rollback')).toEqual([]);
  });

  it('holds in place, and wants a reason', async () => {
    const backend = await open();
    backend.on('hold', () => ({ reply: 'release', data: rollout() }));
    await userEvent.keyboard('h');
    const dialog = await screen.findByRole('dialog', { name: /Hold reserve-web/u });
    await userEvent.keyboard(SEND);
    expect(within(dialog).getByText('Write why; it is recorded.')).toBeTruthy();
    await userEvent.type(within(dialog).getByRole('textbox'), 'demo on Friday');
    await userEvent.keyboard(SEND);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(acts(backend)).toEqual([{ do: 'hold', which, reason: 'demo on Friday' }]);
  });

  it('lifts a hold with the same key', async () => {
    const view = rollout();
    view.head = { ...view.head, hold: { reason: 'demo', by: 'Mara', at: view.now } };
    await open(view);
    await userEvent.keyboard('h');
    expect(await screen.findByRole('dialog', { name: /Lift the hold/u })).toBeTruthy();
  });

  it('rolls back in place after showing the call, and keeps a refusal with what was written', async () => {
    const backend = await open();
    let emergencies: boolean[] = [];
    backend.on('rollback', ({ emergency }) => {
      emergencies = [...emergencies, emergency];
      if (!emergency) throw refusal('unknown', 'an earlier rollback has no known outcome');
      return { reply: 'release', data: rollout() };
    });
    await userEvent.keyboard('{Shift>}R{/Shift}');
    const dialog = await screen.findByRole('dialog', { name: /Roll reserve-web 4.12.0 back/u });
    expect(within(dialog).getByText('./deploy/', { exact: false })).toBeTruthy();
    await userEvent.type(within(dialog).getByRole('textbox'), 'errors');
    await userEvent.keyboard(SEND);
    expect((await within(dialog).findByRole('alert')).textContent).toContain('no known outcome');
    expect((within(dialog).getByRole('textbox') as HTMLInputElement).value).toBe('errors');
    await userEvent.click(within(dialog).getByRole('switch'));
    await userEvent.keyboard(SEND);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(emergencies).toEqual([false, true]);
  });

  it('counts down in a breach and sends only from where the hand was brought', async () => {
    const view = breach();
    const backend = await open(view);
    backend.on('rollback', () => ({ reply: 'release', data: view }));
    expect((await screen.findByRole('timer')).textContent?.replaceAll('\u00a0', ' ')).toMatch(
      /^1 min 3\d s$/u,
    );
    await userEvent.keyboard(SEND);
    expect(acts(backend)).toEqual([]);
    expect(document.activeElement).toBe(screen.getByLabelText('Reason'));
    await userEvent.keyboard(SEND);
    await waitFor(() => expect(acts(backend)[0]).toMatchObject({ do: 'rollback', which, emergency: false }));
  });

  it('shows no countdown to what will not happen', async () => {
    const view = breach();
    view.rollout = { ...view.rollout, decision: { ...view.rollout.decision, rollback_due: null } };
    await open(view);
    expect(screen.queryByRole('timer')).toBeNull();
    expect(screen.getByText(/Nothing goes back by itself/u)).toBeTruthy();
  });

  it('looks again at an unknown outcome, or takes a person’s word after a question', async () => {
    const backend = await open(unknown());
    backend.on('reconcile', ({ saw }) => {
      if (saw === null) throw refusal('unknown', 'still not known: no answer');
      return { reply: 'release', data: rollout() };
    });
    await userEvent.keyboard('r');
    expect(await screen.findByText(/still not known/u)).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'It had no effect' }));
    await screen.findByRole('dialog', { name: 'Record that it had no effect?' });
    await userEvent.keyboard(SEND);
    await waitFor(() => expect(acts(backend).at(-1)).toEqual({ do: 'reconcile', which, saw: 'absent' }));
  });

  it('reads the charts again when samples are pushed, and for another window', async () => {
    const backend = await open();
    const series = () => backend.asked.filter((one) => one.do === 'series');
    await waitFor(() => expect(series()).toHaveLength(4));
    backend.push({ push: 'sampled', release: which.release, at: 0 });
    await waitFor(() => expect(series()).toHaveLength(8));
    backend.push({ push: 'sampled', release: 'another', at: 0 });
    await userEvent.keyboard('-');
    await waitFor(() => expect(series()).toHaveLength(12));
    expect(series().at(-1)).toMatchObject({ window_ms: 3_600_000 });
  });

  it('shows samples as tables with T and one chart in full with Enter', async () => {
    await open();
    await screen.findAllByRole('img', { name: /errors/u });
    await userEvent.keyboard('t');
    expect((await screen.findAllByRole('table')).length).toBe(4);
    await userEvent.keyboard('{Enter}');
    await waitFor(() => expect(screen.getAllByRole('table')).toHaveLength(1));
  });

  it('says why it is armed', async () => {
    await open();
    await userEvent.click(screen.getAllByRole('button', { name: /Armed 6 of 6/u })[0] as HTMLElement);
    expect(await screen.findByText('there is an earlier deployment to go back to')).toBeTruthy();
  });
});

describe('a rehearsal', () => {
  it('switches faults with digits and stops with Space', async () => {
    const backend = new FakeBackend([rehearsal()], 'rehearsal');
    await open(rehearsal(), backend);
    await screen.findByRole('switch', { name: 'A slow release' });
    await userEvent.keyboard('2');
    await userEvent.keyboard(' ');
    await waitFor(() =>
      expect(acts(backend)).toEqual([
        { do: 'practice', change: { set: 'fault', name: 'latency', on: true } },
        { do: 'practice', change: { set: 'paused', on: true } },
      ]),
    );
    expect(screen.getByRole('switch', { name: 'A slow release' }).getAttribute('aria-checked')).toBe('true');
    expect(screen.getByRole('button', { name: /Go on/u })).toBeTruthy();
    expect(await findings(document.documentElement)).toEqual([]);
  }, 30_000);

  it('closes what hangs open with Esc before it asks to leave', async () => {
    const backend = new FakeBackend([rehearsal()], 'rehearsal');
    await open(rehearsal(), backend);
    await userEvent.click(screen.getAllByRole('button', { name: /Armed 6 of 6/u })[0] as HTMLElement);
    await screen.findByText('somebody is watching');
    await userEvent.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByText('somebody is watching')).toBeNull());
    expect(screen.queryByRole('dialog', { name: 'Leave the rehearsal?' })).toBeNull();
    await userEvent.keyboard('{Escape}');
    expect(await screen.findByRole('dialog', { name: 'Leave the rehearsal?' })).toBeTruthy();
  });
});

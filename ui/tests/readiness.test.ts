import { screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { FakeBackend } from '../src/lib/backend/fake';
import { readiness } from '../src/lib/backend/fake/readiness';
import { findings } from './axe';
import { acts, at, openWindow, refusal } from './window';

vi.mock('uplot', async () => ({ default: (await import('./no-plot')).NoPlot }));

async function open(backend = new FakeBackend([readiness()])) {
  await openWindow(backend, at(readiness(), 'readiness'));
  await screen.findByRole('tree', { name: 'Proof' });
  return backend;
}

const which = { release: readiness().head.id, folder: null };
const selected = () => document.querySelector('[role=treeitem][aria-selected=true]')?.textContent ?? '';

describe('Readiness', () => {
  it('has no finding of axe and one first heading', async () => {
    await open();
    expect(await findings(document.documentElement)).toEqual([]);
    expect(screen.getAllByRole('heading', { level: 1 })).toHaveLength(1);
  }, 30_000);

  it('starts at the first fact that is missing for the next step', async () => {
    await open();
    expect(screen.getByRole('tab', { selected: true }).textContent).toContain('Security');
    expect(selected()).toContain('No high or critical vulnerability');
    const evidence = screen.getByRole('region', { name: 'Evidence' });
    expect(evidence.textContent).toContain('npm audit');
    expect(evidence.textContent).toContain('good for 23');
  });

  it('moves with J and K and shows what is missing with F', async () => {
    await open();
    await userEvent.keyboard('j');
    expect(selected()).toContain('Licences');
    await userEvent.keyboard('f');
    expect(screen.queryByRole('treeitem', { name: /Licences/u })).toBeNull();
    expect(screen.getAllByRole('treeitem').length).toBe(1 + 4 + 5);
    await userEvent.keyboard('f');
    expect(screen.getByRole('treeitem', { name: /Licences/u })).toBeTruthy();
  });

  it('closes the evidence with Space and changes the phase with Alt', async () => {
    await open();
    await userEvent.keyboard(' ');
    expect(screen.queryByRole('region', { name: 'Evidence' })).toBeNull();
    await userEvent.keyboard('{Alt>}3{/Alt}');
    expect(screen.getByRole('tab', { selected: true }).textContent).toContain('Quality');
  });

  it('runs what is missing, and the selected check again', async () => {
    const backend = await open();
    backend.on('check', () => ({ reply: 'release', data: readiness() }));
    await userEvent.keyboard('r');
    await userEvent.keyboard('x');
    await waitFor(() =>
      expect(acts(backend)).toEqual([
        { do: 'check', which, names: [] },
        { do: 'check', which, names: ['audit'] },
      ]),
    );
  });

  it('shows a run as it speaks and the kept output when it is over', async () => {
    const backend = await open();
    const line = {
      push: 'output',
      release: which.release,
      check: 'input',
      run: 'run-input',
      err: false,
    } as const;
    backend.push({ ...line, seq: 0, text: 'first line\n' });
    expect(await screen.findByText('Output of Input validation suite')).toBeTruthy();
    backend.push({ ...line, seq: 2, text: 'third line\n' });
    expect(await screen.findByText(/Some lines did not arrive/u)).toBeTruthy();

    backend.on('check_log', ({ name }) => ({
      reply: 'log',
      data: {
        check: name,
        run: 'run-input',
        text: 'first line\nsecond line\nthird line\n',
        dropped_bytes: 0,
      },
    }));
    const view = readiness();
    const checks = view.checks.map((one) =>
      one.name === 'input' ? { ...one, state: 'pass' as const } : one,
    );
    backend.change({ ...view, checks, now: view.now + 1000 });
    await waitFor(() => expect(screen.queryByText(/Some lines did not arrive/u)).toBeNull());
    expect(backend.asked.filter((one) => one.do === 'check_log')).toHaveLength(1);
    await userEvent.keyboard('{Escape}');
    expect(screen.queryByText('Output of Input validation suite')).toBeNull();
  });

  it('does what an act says when its digit is pressed', async () => {
    const backend = await open();
    backend.on('check', () => ({ reply: 'release', data: readiness() }));
    backend.on('move', () => ({ reply: 'release', data: readiness() }));
    await userEvent.keyboard('1');
    await userEvent.keyboard('3');
    await waitFor(() =>
      expect(acts(backend)).toEqual([
        { do: 'check', which, names: ['audit'] },
        { do: 'move', which, step: { step: 'deploy', environment: 'staging' }, expect: 'candidate:2' },
      ]),
    );
  });

  it('attests in a dialog, with nothing behind it listening', async () => {
    const backend = await open();
    backend.on('attest', () => ({ reply: 'release', data: readiness() }));
    await userEvent.keyboard('5');
    const dialog = await screen.findByRole('dialog', { name: 'Attest this?' });
    expect(dialog.textContent).toContain('Development credentials are rotated');
    await waitFor(() => expect(document.activeElement?.tagName).toBe('TEXTAREA'));
    within(dialog)
      .getByRole('button', { name: /Cancel/u })
      .focus();
    await userEvent.keyboard('1');
    expect(acts(backend)).toEqual([]);
    await userEvent.type(within(dialog).getByRole('textbox'), 'rotated on Monday');
    await userEvent.keyboard('{Control>}{Enter}{/Control}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(acts(backend)).toEqual([
      { do: 'attest', which, criterion: 'credentials/rotated', note: 'rotated on Monday' },
    ]);
  });

  it('asks for the approval first where an act would run what is not approved', async () => {
    const backend = await open();
    backend.on('approvals', () => ({ reply: 'approvals', data: [] }));
    await userEvent.keyboard('4');
    expect(await screen.findByText(/Every command is approved already/u)).toBeTruthy();
    expect(acts(backend)).toEqual([{ do: 'approvals', which }]);
  });

  it('approves exactly what is not approved and can be', async () => {
    const backend = await open();
    const one = { text: '', before: null, problem: null, warning: null, approved: false };
    backend.on('approvals', () => ({
      reply: 'approvals',
      data: [
        { ...one, subject: 'check lint', digest: 'a', approved: true },
        { ...one, subject: 'check sink', digest: 'b' },
        { ...one, subject: 'check odd', digest: 'c', problem: 'no such file' },
      ],
    }));
    backend.on('approve', () => ({ reply: 'done' }));
    await userEvent.click(screen.getByRole('button', { name: 'Approve…' }));
    await waitFor(() => expect(acts(backend).at(-1)).toEqual({ do: 'approve', which, digests: ['b'] }));
  });

  it('gives the focus back after a question, wherever it went meanwhile', async () => {
    const backend = await open();
    backend.on('move', async () => {
      (document.activeElement as HTMLElement).blur();
      throw refusal('refused', 'the release moved on');
    });
    const button = screen.getByRole('button', { name: /Deploy…/u });
    await userEvent.click(button);
    await screen.findByText(/the release moved on/u);
    expect(document.activeElement).toBe(button);
  });

  it('helps with a refusal by its code, and puts it away with Esc', async () => {
    const backend = await open();
    backend.on('check', () => {
      throw refusal('needs_approval', 'check audit is not approved on this machine');
    });
    await userEvent.keyboard('x');
    const alert = (await screen.findByText(/check audit is not approved/u)).closest(
      '[role=alert]',
    ) as HTMLElement;
    expect(within(alert).getByRole('button', { name: 'Approve…' })).toBeTruthy();
    await userEvent.keyboard('{Escape}');
    await userEvent.keyboard('{Escape}');
    expect(screen.queryByText(/check audit is not approved/u)).toBeNull();
  });

  it('does not call a check that failed a refusal', async () => {
    const backend = await open();
    backend.on('check', () => {
      throw refusal('not_ready', 'audit: 1 high');
    });
    await userEvent.keyboard('x');
    expect(await screen.findByText('audit did not pass')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /Dismiss Esc/u })).toBeNull();
  });

  it('names every missing fact with the act that helps', async () => {
    const backend = await open();
    const missing = [
      {
        name: 'a/b',
        title: 'Sink',
        state: 'stale' as const,
        reason: 'seen on rc.1',
        act: 'seaworthy check sink',
      },
    ];
    backend.on('preview', () => {
      throw refusal('not_ready', 'the gates say no', { missing });
    });
    await userEvent.keyboard('a');
    const alert = (await screen.findByText(/the gates say no/u)).closest('[role=alert]');
    expect(alert?.textContent).toContain('seen on rc.1');
    expect(alert?.textContent).toContain('seaworthy check sink');
    expect(acts(backend)).toEqual([]);
  });

  it('keeps the report and says where', async () => {
    const backend = await open();
    await userEvent.keyboard('e');
    expect(await screen.findByText('Report kept')).toBeTruthy();
    expect(backend.kept).toEqual([which]);
  });
});

import type { Confirming, Question } from '$lib/backend/confirming';
import type { ApprovalView, StepPreview } from '$lib/wire/wire';
import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { findings } from '../../tests/axe';
import Confirm from './Confirm.svelte';

const STEP: StepPreview = {
  title: 'Advance sample 1.1.0 to 25 %?',
  action: 'Advance to 25 %',
  release: '01999f00-0000-7000-8000-000000000001',
  expect: '1.1.0/rc.1/stage:1',
  consequences: ['25 % of the requests reach the candidate.'],
  calls: [{ method: 'run', target: './share', body: ['25'] }],
  checks: [{ state: 'pass', text: 'The target is as it was left.' }],
};

function command(digest: string, more: Partial<ApprovalView> = {}): ApprovalView {
  return {
    subject: `check ${digest}`,
    digest,
    text: 'npm test',
    approved: false,
    before: null,
    problem: null,
    warning: null,
    ...more,
  };
}

function host(shown: Question['shown'], typed: Question['typed'] = null) {
  const answer = vi.fn<Confirming['answer']>(() => Promise.resolve());
  const pending = () => Promise.resolve({ nonce: 'n-1', shown, typed });
  return { answer, pending };
}

describe('a step', () => {
  beforeEach(() => {
    document.documentElement.lang = 'en';
    document.title = 'Confirm';
  });

  it('shows everything the engine said and starts at the text', async () => {
    const own = host({ reply: 'preview', data: STEP });
    render(Confirm, { host: own });
    await screen.findByRole('heading', { name: STEP.title });
    for (const part of [STEP.consequences[0], STEP.checks[0]?.text, './', '25']) {
      expect(document.body.textContent).toContain(part);
    }
    await vi.waitFor(() => expect(document.activeElement?.getAttribute('role')).toBe('group'));
    await userEvent.keyboard('{Enter} ');
    expect(own.answer).not.toHaveBeenCalled();
    expect(await findings(document.documentElement)).toEqual([]);
  });

  it('is done once by Ctrl Enter and left by Esc', async () => {
    const own = host({ reply: 'preview', data: STEP });
    render(Confirm, { host: own });
    await screen.findByRole('button', { name: /Advance to 25 %/u });
    await userEvent.keyboard('{Control>}{Enter}{Enter}{/Control}');
    expect(own.answer.mock.calls).toEqual([['n-1', true, [], null]]);

    const other = host({ reply: 'preview', data: STEP });
    render(Confirm, { host: other });
    await screen.findByRole('button', { name: /Advance to 25 %/u });
    await userEvent.keyboard('{Escape}');
    expect(other.answer.mock.calls).toEqual([['n-1', false, [], null]]);
  });

  it('says so when nothing waits', async () => {
    render(Confirm, { host: { answer: vi.fn(), pending: () => Promise.reject(new Error('gone')) } });
    expect((await screen.findByRole('alert')).textContent).toContain('Nothing is waiting here');
  });
});

describe('approvals', () => {
  it('approve what was ticked and nothing without a tick', async () => {
    const own = host({ reply: 'approvals', data: [command('lint'), command('test')] });
    render(Confirm, { host: own });
    await screen.findByRole('heading', { name: 'Approve these 2 commands?' });
    await userEvent.keyboard('{Control>}{Enter}{/Control}');
    expect(own.answer).not.toHaveBeenCalled();
    expect(screen.getByRole('status').textContent).toBe('Tick the commands you have read.');

    await userEvent.click(screen.getByRole('checkbox', { name: /check test/u }));
    expect(await findings(document.documentElement)).toEqual([]);
    await userEvent.click(screen.getByRole('button', { name: /Approve 1 command/u }));
    expect(own.answer.mock.calls).toEqual([['n-1', true, ['test'], null]]);
  });

  it('show what changed first, line by line', async () => {
    const changed = command('build', { before: 'npm ci\nnpm run build', text: 'npm ci\nnpm run evil' });
    render(Confirm, { host: host({ reply: 'approvals', data: [command('lint'), changed] }) });
    const boxes = await screen.findAllByRole('checkbox', { name: /^check/u });
    expect(boxes[0]?.closest('label')?.textContent).toContain('Changed since it was approved');
    const lines = [...document.querySelectorAll('.difference p')].map((line) =>
      line.textContent.replaceAll(/\s+/gu, ' ').trim(),
    );
    expect(lines).toEqual(['npm ci', '− removed npm run build', '+ added npm run evil']);
  });

  it('cannot be ticked with a problem, or before a long text was read', async () => {
    const broken = command('broken', { problem: 'no such script' });
    const long = command('long', { text: 'x'.repeat(5000) });
    render(Confirm, { host: host({ reply: 'approvals', data: [broken, long, command('lint')] }) });
    const box = (name: RegExp) => screen.getByRole<HTMLInputElement>('checkbox', { name });
    await screen.findByText('no such script');
    expect([box(/broken/u).disabled, box(/long/u).disabled, box(/lint/u).disabled]).toEqual([
      true,
      true,
      false,
    ]);

    const text = screen.getByRole('group', { name: 'Exact text of check long' });
    text.dispatchEvent(new Event('scroll'));
    await vi.waitFor(() => expect(box(/long/u).disabled).toBe(false));
  });
});

describe('a secret', () => {
  const shown = { reply: 'preview' as const, data: { ...STEP, title: 'Connect vercel?', action: 'Connect' } };
  const send = () => userEvent.keyboard('{Control>}{Enter}{/Control}');

  it('goes with the answer and stays nowhere on the page', async () => {
    const own = host(shown, 'token');
    render(Confirm, { host: own });
    const field = await screen.findByLabelText<HTMLInputElement>('Token');
    expect(field.type).toBe('password');
    await vi.waitFor(() => expect(document.activeElement).toBe(field));
    expect(await findings(document.documentElement)).toEqual([]);
    await userEvent.keyboard('vcp_0123456789{Enter}');
    expect(own.answer).not.toHaveBeenCalled();
    await send();
    expect(own.answer.mock.calls).toEqual([['n-1', true, [], 'vcp_0123456789']]);
    expect(field.value).toBe('');
    expect(document.documentElement.outerHTML).not.toContain('0123456789');
  });

  it('is asked for before anything is sent, and not sent with a no', async () => {
    const own = host(shown, 'token');
    render(Confirm, { host: own });
    await screen.findByLabelText('Token');
    await send();
    expect(own.answer).not.toHaveBeenCalled();
    expect(screen.getByRole('status').textContent).toBe('Paste or type the token first.');
    await userEvent.keyboard('vcp_0123456789{Escape}');
    expect(own.answer.mock.calls).toEqual([['n-1', false, [], null]]);
  });

  it('that is new is typed twice, the same', async () => {
    const own = host(shown, 'new_passphrase');
    render(Confirm, { host: own });
    const [one, two] = [
      await screen.findByLabelText('New passphrase'),
      screen.getByLabelText('The same again'),
    ];
    await userEvent.type(one, 'correct horse battery');
    await userEvent.type(two, 'correct horse');
    await send();
    expect(own.answer).not.toHaveBeenCalled();
    expect(screen.getByText('The two differ. Type both again.')).toBeTruthy();
    await userEvent.type(one, 'correct horse battery');
    await userEvent.type(two, 'correct horse battery');
    await send();
    expect(own.answer.mock.calls).toEqual([['n-1', true, [], 'correct horse battery']]);
  });
});

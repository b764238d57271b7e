import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { createRawSnippet } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import Button from './Button.svelte';
import DialogCase from '../../../tests/DialogCase.svelte';
import Field from './Field.svelte';
import LogView from './LogView.svelte';
import ObservedBar from './ObservedBar.svelte';
import Segmented from './Segmented.svelte';
import TreeCase from '../../../tests/TreeCase.svelte';

const words = (text: string) => createRawSnippet(() => ({ render: () => `<span>${text}</span>` }));

describe('Button', () => {
  it('refuses in words and still answers', async () => {
    const onclick = vi.fn();
    render(Button, { children: words('Advance'), keys: 'A', refusal: '2 facts are missing', onclick });
    const button = screen.getByRole('button', { name: /Advance/u });
    expect(button.getAttribute('aria-describedby')).toBeTruthy();
    expect(document.getElementById(button.getAttribute('aria-describedby') ?? '')?.textContent).toBe(
      '2 facts are missing',
    );
    await userEvent.click(button);
    expect(onclick).toHaveBeenCalledOnce();
    expect(button.hasAttribute('disabled')).toBe(false);
  });

  it('names its key', () => {
    render(Button, { children: words('Roll back now'), keys: 'Mod Enter' });
    expect(screen.getByRole('button').getAttribute('aria-keyshortcuts')).toBe('Control+Enter');
  });
});

describe('Segmented', () => {
  it('is one stop, moved with the arrows', async () => {
    const onchange = vi.fn();
    const options = ['1 h', '8 h', 'Stage'].map((label) => ({ value: label, label }));
    render(Segmented, { label: 'Window', options, value: '8 h', onchange });
    await userEvent.tab();
    expect(document.activeElement?.textContent).toBe('8 h');
    await userEvent.keyboard('{ArrowRight}');
    expect(document.activeElement?.textContent).toBe('Stage');
    await userEvent.keyboard('{ArrowRight}');
    expect(onchange.mock.calls.flat()).toEqual(['Stage', '1 h']);
  });
});

describe('Field', () => {
  it('puts the error in place of the help', () => {
    render(Field, { label: 'Soak', value: '48 h..', help: 'a range', error: 'Write a range like 48h..72h' });
    const input = screen.getByLabelText('Soak');
    expect(input.getAttribute('aria-invalid')).toBe('true');
    expect(screen.queryByText('a range')).toBeNull();
    expect(document.getElementById(input.getAttribute('aria-describedby') ?? '')?.textContent).toContain(
      'Write a range',
    );
  });
});

describe('ObservedBar', () => {
  it('gives every piece a stop with its cause and times', async () => {
    render(ObservedBar, {
      label: 'Soak',
      from: 0,
      to: 10,
      now: 6,
      pieces: [
        { kind: 'observed', from: 0, to: 4, label: 'observed 4 h' },
        { kind: 'gap', from: 4, to: 5, label: 'asleep 1 h' },
        { kind: 'observed', from: 5, to: 6, label: 'observed 1 h' },
        { kind: 'gap', from: 20, to: 30, label: 'outside' },
      ],
    });
    await userEvent.tab();
    await userEvent.keyboard('{ArrowRight}');
    expect(document.activeElement?.getAttribute('aria-label')).toBe('asleep 1 h');
    await userEvent.keyboard('{End}{ArrowRight}');
    expect(document.activeElement?.getAttribute('aria-label')).toBe('observed 1 h');
    expect(screen.queryByLabelText('outside')).toBeNull();
  });
});

describe('Tree', () => {
  it('is walked, folded, opened and peeked by keyboard', async () => {
    const onopen = vi.fn();
    const onpeek = vi.fn();
    render(TreeCase, { onopen, onpeek });
    await userEvent.tab();
    await userEvent.keyboard('{ArrowDown}{ArrowDown}');
    expect(document.activeElement?.textContent?.trim()).toBe('licences');
    await userEvent.keyboard('{Enter} {ArrowLeft}');
    expect(onopen.mock.calls.flat()).toEqual(['licences']);
    expect(onpeek.mock.calls.flat()).toEqual(['licences']);
    expect(document.activeElement?.textContent?.trim()).toBe('security');
    await userEvent.keyboard('{ArrowLeft}');
    expect(document.activeElement?.getAttribute('aria-expanded')).toBe('false');
    expect(screen.getAllByRole('treeitem')).toHaveLength(2);
    await userEvent.keyboard('{ArrowRight}');
    expect(screen.getAllByRole('treeitem')).toHaveLength(4);
  });

  it('has one stop for Tab, also when the selected row is folded away', async () => {
    render(TreeCase, { onopen: vi.fn(), onpeek: vi.fn() });
    const stops = () => screen.getAllByRole('treeitem').filter((row) => row.tabIndex === 0);
    expect(stops()).toHaveLength(1);
    await userEvent.click(screen.getByText('licences'));
    await userEvent.click(screen.getByText('security').parentElement?.querySelector('.arrow') as Element);
    expect(stops()).toHaveLength(1);
  });
});

describe('Dialog', () => {
  it('starts on the reason, never on the button that acts, and gives the focus back', async () => {
    render(DialogCase);
    const opener = screen.getByRole('button', { name: 'Open' });
    await userEvent.click(opener);
    const reason = await screen.findByLabelText('Reason');
    await vi.waitFor(() => expect(document.activeElement).toBe(reason));
    expect(screen.getByRole('dialog', { name: 'Roll back?' })).toBeTruthy();
    await userEvent.keyboard('{Escape}');
    await vi.waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    await vi.waitFor(() => expect(document.activeElement).toBe(opener));
  });
});

describe('LogView', () => {
  const lines = Array.from({ length: 50_000 }, (_, index) => ({
    n: index + 1,
    spans: [{ text: `line ${index + 1}`, sgr: '' }],
  }));

  it('keeps a long output out of the page', () => {
    render(LogView, { lines, follow: false });
    expect(document.querySelectorAll('.line').length).toBeLessThan(60);
  });

  it('counts what it finds', async () => {
    render(LogView, { lines: lines.slice(0, 100), follow: false });
    await userEvent.type(screen.getByRole('searchbox'), 'line 9');
    expect(screen.getByText('1 of 11')).toBeTruthy();
    await userEvent.keyboard('{Shift>}{Enter}{/Shift}');
    expect(screen.getByText('11 of 11')).toBeTruthy();
    await userEvent.type(screen.getByRole('searchbox'), 'x');
    expect(screen.getByText('none')).toBeTruthy();
  });

  it('says how many lines came while the reader was elsewhere', async () => {
    const view = render(LogView, { lines: lines.slice(0, 10), follow: false });
    await view.rerender({ lines: lines.slice(0, 224) });
    expect(screen.getByRole('button', { name: '214 new lines' })).toBeTruthy();
  });
});

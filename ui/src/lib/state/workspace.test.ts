import { describe, expect, it } from 'vitest';
import { FakeBackend } from '$lib/backend/fake';
import { readiness } from '$lib/backend/fake/readiness';
import { breach, rollout, unknown } from '$lib/backend/fake/rollout';
import { Clock } from './clock.svelte';
import { announcement, countdownWords } from './herald';
import { Runs } from './runs.svelte';
import { Workspace } from './workspace.svelte';

async function opened(backend: FakeBackend, id: string) {
  const workspace = new Workspace(backend, new Clock());
  const stop = workspace.start();
  await workspace.readAll();
  await workspace.open(id);
  return { workspace, stop };
}

describe('the workspace', () => {
  const view = rollout();

  it('applies pushes of the shown release and no other', async () => {
    const backend = new FakeBackend([view, readiness()]);
    const { workspace, stop } = await opened(backend, view.head.id);
    backend.push({ push: 'release', view: { ...view, now: view.now + 5 } });
    expect(workspace.view?.now).toBe(view.now + 5);
    backend.push({ push: 'release', view: readiness() });
    expect(workspace.view?.head.id).toBe(view.head.id);
    stop();
  });

  it('does not go back to an answer that a push has overtaken, but follows a clock that was put back', async () => {
    const { workspace, stop } = await opened(new FakeBackend([view]), view.head.id);
    workspace.take({ push: 'release', view: { ...view, now: view.now + 2000 } });
    workspace.adopt({ reply: 'release', data: view });
    expect(workspace.view?.now).toBe(view.now + 2000);
    workspace.adopt({ reply: 'release', data: { ...view, now: view.now - 7_200_000 } });
    expect(workspace.view?.now).toBe(view.now - 7_200_000);
    stop();
  });

  it('sets the clock to the engine’s time, and stands still with a paused rehearsal', async () => {
    const backend = new FakeBackend([view], 'rehearsal');
    backend.practice = { ...backend.practice, paused: true };
    const { workspace, stop } = await opened(backend, view.head.id);
    expect(workspace.clock.now).toBe(view.now);
    expect(workspace.rehearsing).toBe(true);
    stop();
  });

  it('forgets everything on another ground', async () => {
    const backend = new FakeBackend([view]);
    const { workspace, stop } = await opened(backend, view.head.id);
    await workspace.change('rehearsal');
    expect(workspace.view).toBeUndefined();
    expect(workspace.releases?.map((card) => card.id)).toEqual(['practice']);
    expect(workspace.practice?.seed).toBe('4711');
    stop();
  });

  it('hears nothing after it was stopped', async () => {
    const backend = new FakeBackend([view]);
    const { workspace, stop } = await opened(backend, view.head.id);
    stop();
    backend.push({ push: 'releases', releases: [] });
    expect(workspace.releases).toHaveLength(1);
  });
});

describe('outputs', () => {
  const output = { push: 'output', release: 'r', check: 'lint', run: '1', text: 'a\n', err: false } as const;

  it('say when a piece is missing, until the kept log is read', () => {
    const runs = new Runs();
    runs.take({ ...output, seq: 0 });
    runs.take({ ...output, seq: 1 });
    expect(runs.of('lint')?.holed).toBe(false);
    runs.take({ ...output, seq: 3 });
    expect(runs.of('lint')?.holed).toBe(true);
    runs.keep({ check: 'lint', run: '1', text: 'a\na\nb\na\n', dropped_bytes: 0 });
    expect(runs.of('lint')?.holed).toBe(false);
    expect(runs.of('lint')?.lines).toHaveLength(4);
  });

  it('start over with another run', () => {
    const runs = new Runs();
    runs.take({ ...output, seq: 0 });
    runs.take({ ...output, run: '2', seq: 0 });
    expect(runs.of('lint')?.lines).toHaveLength(1);
  });
});

describe('announcements', () => {
  it('interrupt for a breach and an unknown outcome, wait for an answer, and skip what only ticks', () => {
    expect(announcement(rollout(), breach()).assertive).toContain('A guardrail is over its limit');
    expect(announcement(rollout(), unknown()).assertive).toContain('Nothing will be sent again');
    expect(announcement(rollout(), breach()).polite).toContain('No. A guardrail is over');
    const later = { ...rollout(), now: rollout().now + 60_000 };
    expect(announcement(rollout(), later)).toEqual({});
    expect(announcement(readiness(), breach())).toEqual({});
  });

  it('interrupt when nobody watches any more', () => {
    const lost = rollout();
    lost.rollout.armed = { state: 'not_armed', text: 'Not armed, nobody is watching', lines: [] };
    expect(announcement(rollout(), lost).assertive).toBe('Not armed, nobody is watching');
  });

  it('say a countdown at its moments only', () => {
    const say = (before: number, after: number) => countdownWords(before, after, (left) => left);
    expect(say(61_000, 60_000)).toBe('60 seconds');
    expect(say(60_000, 59_000)).toBeNull();
    expect(say(120_000, 9_000)).toBe('10 seconds');
    expect(say(11_000, 0)).toBeNull();
  });
});

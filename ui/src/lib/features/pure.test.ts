import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, NOW } from '$lib/backend/fake/base';
import { readiness } from '$lib/backend/fake/readiness';
import { breach, rollout } from '$lib/backend/fake/rollout';
import { seriesOf } from '$lib/backend/fake/series';
import type { ReleaseView } from '$lib/wire/wire';
import { phaseInQuestion, phaseOf, proofTree, rowInQuestion } from './readiness/proof';
import { chartModel, currentStage, headState, stepSpan, windowMs } from './rollout/chart';
import { observedPieces } from './rollout/observed';

const reader = { now: NOW, zone: 'Europe/Berlin' };

describe('the proof', () => {
  it('begins with the phase the next step waits for and its first missing fact', () => {
    const view = readiness();
    const id = phaseInQuestion(view);
    const phase = view.phases.find((one) => one.id === id);
    expect(id).toBe('security');
    expect(phase && rowInQuestion(phase)).toBe('dependencies/audit');
    expect(phaseOf(view, 'scope/goal')).toBe('scope');
  });

  it('leaves out gates without a missing fact, and says so with nothing', () => {
    const [done] = readiness().phases;
    expect(done && proofTree(done, true, reader)).toEqual([]);
    expect(done && proofTree(done, false, reader)).toHaveLength(1);
  });
});

describe('observed time', () => {
  it('covers the span without a hole or an overlap, gaps included', () => {
    const from = NOW - 10 * HOUR;
    const gaps = [
      { from: from + 5 * HOUR, to: from + 6 * HOUR, cause: 'offline' },
      { from: from + HOUR, to: from + HOUR + 30 * MINUTE, cause: 'asleep' },
    ];
    const observed = {
      from,
      observed_ms: 8.5 * HOUR,
      needed_ms: 12 * HOUR,
      lost_ms: 1.5 * HOUR,
      coverage: '',
      needed_coverage: '',
      gaps,
    };
    const { pieces, to, now } = observedPieces(observed, reader);
    expect(pieces.map((piece) => piece.kind)).toEqual([
      'observed',
      'gap',
      'observed',
      'gap',
      'observed',
      'future',
    ]);
    for (const [index, piece] of pieces.entries()) expect(piece.from).toBe(pieces[index - 1]?.to ?? from);
    expect(pieces.at(-1)?.to).toBe(to);
    expect(now).toBe(NOW);
  });

  it('has no future once enough was seen', () => {
    const observed = {
      from: NOW - HOUR,
      observed_ms: HOUR,
      needed_ms: HOUR,
      lost_ms: 0,
      coverage: '',
      needed_coverage: '',
      gaps: [],
    };
    expect(observedPieces(observed, reader).pieces.map((piece) => piece.kind)).toEqual(['observed']);
  });
});

describe('charts', () => {
  const view = breach();
  const [errors] = view.rollout.guardrails;
  if (!errors) throw new Error('the scene has guardrails');

  it('keep invalid samples apart from values', () => {
    const series = seriesOf(errors, 8 * HOUR);
    const model = chartModel(series, errors, reader);
    expect(model.invalid).toHaveLength(1);
    expect(model.value.times).toHaveLength(series.points.length - 1);
    expect(model.limit?.label.replace('\u202f', ' ')).toBe('1 %');
  });

  it('mark what was fetched when a gap was over', () => {
    const series = seriesOf(errors, 8 * HOUR);
    const points = series.points.map((point, at) => ({ ...point, filled: at >= 3 && at < 6 }));
    const gaps = chartModel({ ...series, gaps: [], points }, errors, reader).gaps;
    expect(gaps).toEqual([{ from: points[3]?.at, to: points[5]?.at, cause: 'fetched later' }]);
  });

  it('strike the figure when nothing is measured any more', () => {
    const silent = { ...errors, state: 'no_data' as const, over: null, seen: NOW - 2 * MINUTE };
    expect(chartModel(seriesOf(silent, HOUR), silent, reader).now).toEqual({
      label: 'no sample 2\u202fmin',
      lost: true,
    });
  });

  it('are armed only while somebody watches', () => {
    const quiet = { ...errors, state: 'pass' as const, over: null };
    const unwatched = { ...view.rollout, armed: { ...view.rollout.armed, state: 'not_armed' as const } };
    expect(headState(quiet, view.rollout)).toBe('armed');
    expect(headState(quiet, unwatched)).toBe('pass');
    expect(headState(errors, view.rollout)).toBe('fail');
  });

  it('ask for the stage since it was entered', () => {
    const entered = view.rollout.stages[1]?.entered ?? 0;
    expect(windowMs('stage', view.rollout, NOW)).toBe(NOW - entered);
    expect(windowMs('stage', readiness().rollout, NOW)).toBeNull();
    expect([stepSpan('hour', -1), stepSpan('hour', 1), stepSpan('stage', 1)]).toEqual([
      'hour',
      'shift',
      'stage',
    ]);
  });
});

describe('the ladder', () => {
  it('is dry when all traffic went back', () => {
    const view = rollout();
    const back: ReleaseView = { ...view, head: { ...view.head, rolled_back: true } };
    expect(currentStage(view)?.number).toBe(2);
    expect(currentStage(back)).toBeUndefined();
  });
});

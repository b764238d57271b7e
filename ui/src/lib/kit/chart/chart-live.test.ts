import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { NoPlot } from '../../../../tests/no-plot';
import Chart from './Chart.svelte';
import ChartCard from './ChartCard.svelte';
import type { ChartModel } from './model';

vi.mock('uplot', async () => ({ default: (await import('../../../../tests/no-plot')).NoPlot }));

const format = (value: number) => `${value} %`;
const formatTime = (at: number) => `t${at}`;

function model(values: number[], label = '0.21 %'): ChartModel {
  return {
    from: 0,
    to: 10,
    value: { name: 'error_rate', times: values.map((_, index) => index), values },
    limit: { value: 1, label: '1 %' },
    gaps: [{ from: 4, to: 5, cause: 'asleep' }],
    invalid: [{ at: 6, reason: 'answer of another version' }],
    now: { label },
  };
}

describe('a chart that lives', () => {
  const setData = vi.spyOn(NoPlot.prototype, 'setData');
  const destroy = vi.spyOn(NoPlot.prototype, 'destroy');

  beforeEach(() => {
    setData.mockClear();
    destroy.mockClear();
  });

  it('appends samples without being made again', async () => {
    const view = render(Chart, { model: model([0.2, 0.3]), summary: 's', format, formatTime });
    destroy.mockClear();
    await view.rerender({ model: model([0.2, 0.3, 0.25]) });
    expect(setData).toHaveBeenCalledOnce();
    expect(destroy).not.toHaveBeenCalled();
  });

  it('makes room when its words grow', async () => {
    const view = render(Chart, { model: model([0.2]), summary: 's', format, formatTime });
    destroy.mockClear();
    await view.rerender({ model: model([0.2], 'no sample 2 min') });
    expect(destroy).toHaveBeenCalledOnce();
  });

  it('keeps its scale while the pointer is inside', async () => {
    const scales: number[] = [];
    const spy = vi.spyOn(NoPlot.prototype, 'setData').mockImplementation(function (this: NoPlot) {
      scales.push(this.top());
    });
    const view = render(Chart, { model: model([0.2]), summary: 's', format, formatTime });
    const plot = screen.getByRole('img');
    await userEvent.hover(plot);
    await view.rerender({ model: model([0.2, 9]) });
    await userEvent.unhover(plot);
    expect(scales[0]).toBeLessThan(5);
    expect(scales.at(-1)).toBeGreaterThan(9);
    spy.mockRestore();
  });

  it('reads as a sentence, and as a table with gaps and invalid samples', () => {
    render(ChartCard, {
      title: 'error_rate > 1% for 5m',
      state: 'armed',
      stateWord: 'Armed',
      model: model([0.2, 0.3]),
      summary: 'error_rate, one gap',
      format,
      formatTime,
      table: true,
    });
    const cells = screen.getAllByRole('row').map((row) => row.textContent?.replaceAll(/\s+/gu, ' ').trim());
    expect(cells.join('|')).toContain('asleep');
    expect(cells.join('|')).toContain('answer of another version');
    expect(screen.getByRole('table', { name: 'error_rate, one gap' })).toBeTruthy();
  });
});

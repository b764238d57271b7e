import type uPlot from 'uplot';
import { THIN } from '../../format';
import type { ChartModel, Interval } from './model';
import type { Scale } from './scale';

/** Colours and fonts of the theme in force, read once per theme. */
export interface Palette {
  ink: string;
  ink2: string;
  ink3: string;
  line: string;
  field: string;
  surface: string;
  fail: string;
  failSoft: string;
  band: string;
  series: string;
  control: string;
  sans: string;
}

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const role = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: role('ink'),
    ink2: role('ink-2'),
    ink3: role('ink-3'),
    line: role('line'),
    field: role('field'),
    surface: role('surface'),
    fail: role('fail'),
    failSoft: role('fail-soft'),
    band: role('band'),
    series: role('series'),
    control: role('control'),
    sans: role('sans') || 'sans-serif',
  };
}

export interface Frame {
  model: ChartModel;
  scale: Scale;
  palette: Palette;
  format: (value: number) => string;
  formatTime: (at: number) => string;
}

/** Narrower gaps are drawn this wide: time nobody saw is never invisible. */
const MIN_GAP = 2;
const HATCH_STEP = 6;
const HATCH_STEP_WIDE = 11;
const RING = 4;
const LABEL_GAP = 14;

/** A brush in CSS pixels over uPlot's canvas, which counts device pixels. */
class Brush {
  readonly ctx: CanvasRenderingContext2D;
  readonly ratio: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;

  constructor(
    readonly plot: uPlot,
    readonly frame: Frame,
  ) {
    this.ctx = plot.ctx;
    this.ratio =
      plot.bbox.width > 0 && plot.over.clientWidth > 0 ? plot.bbox.width / plot.over.clientWidth : 1;
    this.left = plot.bbox.left / this.ratio;
    this.top = plot.bbox.top / this.ratio;
    this.right = this.left + plot.bbox.width / this.ratio;
    this.bottom = this.top + plot.bbox.height / this.ratio;
  }

  x(at: number): number {
    const clamped = Math.min(this.frame.model.to, Math.max(this.frame.model.from, at));
    return this.plot.valToPos(clamped, 'x', true) / this.ratio;
  }

  y(value: number): number {
    return this.plot.valToPos(value, 'y', true) / this.ratio;
  }

  draw(paint: (ctx: CanvasRenderingContext2D) => void): void {
    this.ctx.save();
    this.ctx.scale(this.ratio, this.ratio);
    // uPlot leaves the dashes of its last line behind.
    this.ctx.setLineDash([]);
    this.ctx.lineCap = 'butt';
    this.ctx.globalAlpha = 1;
    paint(this.ctx);
    this.ctx.restore();
  }

  text(words: string, x: number, y: number, colour: string, align: CanvasTextAlign, weight = 400): void {
    this.draw((ctx) => {
      ctx.font = `${weight} 11px ${this.frame.palette.sans}`;
      ctx.textAlign = align;
      ctx.textBaseline = 'middle';
      // A halo in the colour of the panel keeps figures readable where a line runs behind them.
      ctx.lineWidth = 3;
      ctx.lineJoin = 'round';
      ctx.strokeStyle = this.frame.palette.surface;
      ctx.strokeText(words, x, y);
      ctx.fillStyle = colour;
      ctx.fillText(words, x, y);
    });
  }

  width(words: string, weight = 400): number {
    this.ctx.save();
    this.ctx.font = `${weight} 11px ${this.frame.palette.sans}`;
    const { width } = this.ctx.measureText(words);
    this.ctx.restore();
    return width;
  }
}

function line(
  ctx: CanvasRenderingContext2D,
  colour: string,
  width: number,
  points: [number, number][],
): void {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.beginPath();
  for (const [index, [x, y]] of points.entries()) {
    if (index === 0) ctx.moveTo(x, y);
    else ctx.lineTo(x, y);
  }
  ctx.stroke();
}

/** Below the lines: grid, band, soft fields, hatching. */
export function paintBelow(plot: uPlot, frame: Frame): void {
  const brush = new Brush(plot, frame);
  const { model, scale, palette } = frame;
  brush.draw((ctx) => {
    if (model.band) {
      ctx.fillStyle = palette.band;
      const top = brush.y(Math.min(model.band.high, scale.max));
      const bottom = brush.y(Math.max(model.band.low, scale.min));
      ctx.fillRect(brush.left, top, brush.right - brush.left, Math.max(1, bottom - top));
    }
    for (const tick of scale.ticks) {
      const y = Math.round(brush.y(tick)) + 0.5;
      line(ctx, tick === scale.min ? palette.field : palette.line, 1, [
        [brush.left, y],
        [brush.right, y],
      ]);
    }
    for (const breach of model.breaches ?? []) {
      ctx.fillStyle = palette.failSoft;
      const x = brush.x(breach.from);
      ctx.fillRect(x, brush.top, Math.max(MIN_GAP, brush.x(breach.to) - x), brush.bottom - brush.top);
    }
  });
  for (const interval of model.backfilled ?? []) hatch(brush, interval, HATCH_STEP_WIDE, palette.line);
  for (const gap of model.gaps ?? []) {
    const covered = (model.backfilled ?? []).some((later) => later.from <= gap.from && later.to >= gap.to);
    if (!covered) hatch(brush, gap, HATCH_STEP, palette.field);
  }
}

function hatch(brush: Brush, interval: Interval, step: number, colour: string): void {
  const { model, palette } = brush.frame;
  if (interval.to < model.from || interval.from > model.to) return;
  const left = brush.x(interval.from);
  const right = Math.max(left + MIN_GAP, brush.x(interval.to));
  const height = brush.bottom - brush.top;
  brush.draw((ctx) => {
    ctx.beginPath();
    ctx.rect(left, brush.top, right - left, height);
    ctx.save();
    ctx.clip();
    ctx.fillStyle = palette.surface;
    ctx.globalAlpha = 0.6;
    ctx.fillRect(left, brush.top, right - left, height);
    ctx.globalAlpha = 1;
    for (let x = left - height; x < right; x += step) {
      line(ctx, colour, 1, [
        [x, brush.bottom],
        [x + height, brush.top],
      ]);
    }
    ctx.restore();
    ctx.setLineDash([2, 2]);
    for (const x of [left, right]) {
      line(ctx, palette.field, 1, [
        [x, brush.top],
        [x, brush.bottom],
      ]);
    }
  });
}

/** Above the lines: limit, breaches, causes, marks of invalid samples, axis words, the figure of now. */
export function paintAbove(plot: uPlot, frame: Frame): void {
  const brush = new Brush(plot, frame);
  paintCauses(brush);
  paintBreaches(brush);
  paintLimit(brush);
  paintInvalid(brush);
  paintAxes(brush);
  paintNow(brush);
}

function paintCauses(brush: Brush): void {
  let free = -Infinity;
  for (const gap of brush.frame.model.gaps ?? []) {
    if (gap.to < brush.frame.model.from || gap.from > brush.frame.model.to) continue;
    const half = brush.width(gap.cause) / 2;
    const middle = (brush.x(gap.from) + brush.x(gap.to)) / 2;
    const x = Math.min(brush.right - half, Math.max(brush.left + half, middle));
    // A second word in the same place would hide the first; its hatching still shows, and the table names it.
    if (x - half < free) continue;
    brush.text(gap.cause, x, brush.top - 8, brush.frame.palette.ink3, 'center');
    free = x + half + 4;
  }
}

function paintBreaches(brush: Brush): void {
  const { palette, model } = brush.frame;
  for (const breach of model.breaches ?? []) {
    if (breach.to < model.from || breach.from > model.to) continue;
    const x = brush.x(breach.from);
    brush.draw((ctx) => {
      line(ctx, palette.fail, 1, [
        [x, brush.top - 2],
        [x, brush.bottom],
      ]);
      ctx.fillStyle = palette.fail;
      ctx.beginPath();
      ctx.moveTo(x - 5, brush.top - 8);
      ctx.lineTo(x + 5, brush.top - 8);
      ctx.lineTo(x, brush.top);
      ctx.fill();
    });
    const toLeft = x + brush.width(breach.label, 500) + 12 > brush.right;
    brush.text(
      breach.label,
      toLeft ? x - 8 : x + 8,
      brush.top + 5,
      palette.fail,
      toLeft ? 'right' : 'left',
      500,
    );
  }
}

function paintLimit(brush: Brush): void {
  const { model, palette } = brush.frame;
  if (!model.limit) return;
  const y = brush.y(model.limit.value);
  brush.draw((ctx) => {
    line(ctx, palette.fail, 1.5, [
      [brush.left, y],
      [brush.right + RING + 2, y],
    ]);
    ctx.fillStyle = palette.surface;
    ctx.beginPath();
    ctx.arc(brush.right, y, RING - 0.5, 0, Math.PI * 2);
    ctx.fill();
    ctx.stroke();
    line(ctx, palette.fail, 1.5, [
      [brush.right - RING - 2, y],
      [brush.right + RING + 2, y],
    ]);
  });
  brush.text(model.limit.label, brush.right + RING + 5, y, palette.fail, 'left', 500);
}

function paintInvalid(brush: Brush): void {
  const { model, palette } = brush.frame;
  brush.draw((ctx) => {
    ctx.strokeStyle = palette.ink2;
    ctx.fillStyle = palette.surface;
    ctx.lineWidth = 1;
    for (const sample of model.invalid ?? []) {
      if (sample.at < model.from || sample.at > model.to) continue;
      const x = brush.x(sample.at);
      ctx.fillRect(x - 2.5, brush.bottom - 2.5, 5, 5);
      ctx.strokeRect(x - 2.5, brush.bottom - 2.5, 5, 5);
    }
  });
}

function paintAxes(brush: Brush): void {
  const { model, scale, palette, format, formatTime } = brush.frame;
  const words = new Map((model.words ?? []).map((word) => [word.value, word.label]));
  for (const tick of scale.ticks) {
    // The limit carries its own label, in its own colour.
    if (model.words && tick === model.limit?.value) continue;
    brush.text(
      words.get(tick) ?? tickLabel(tick, scale, format),
      brush.left - 6,
      brush.y(tick),
      palette.ink3,
      'right',
    );
  }
  const y = brush.bottom + 11;
  brush.text(formatTime(model.from), brush.left, y, palette.ink3, 'left');
  brush.text(
    formatTime((model.from + model.to) / 2),
    (brush.left + brush.right) / 2,
    y,
    palette.ink3,
    'center',
  );
  brush.text(formatTime(model.to), brush.right, y, palette.ink3, 'right');
}

function paintNow(brush: Brush): void {
  const { model, palette, scale } = brush.frame;
  if (!model.now) return;
  const last = model.value.values[model.value.values.length - 1];
  const at = model.value.times[model.value.times.length - 1];
  const y = last === undefined ? (brush.top + brush.bottom) / 2 : brush.y(Math.min(scale.max, last));
  if (at !== undefined && !model.now.lost && at >= model.from) {
    brush.draw((ctx) => {
      ctx.fillStyle = palette.surface;
      ctx.beginPath();
      ctx.arc(brush.x(at), y, 4, 0, Math.PI * 2);
      ctx.fill();
      ctx.fillStyle = palette.series;
      ctx.beginPath();
      ctx.arc(brush.x(at), y, 2.75, 0, Math.PI * 2);
      ctx.fill();
    });
  }
  const limitY = model.limit ? brush.y(model.limit.value) : undefined;
  const label = nowLabelY(y, limitY, brush.bottom);
  brush.text(
    model.now.label,
    brush.right + RING + 5,
    label,
    model.now.lost ? palette.ink2 : palette.ink,
    'left',
    model.now.lost ? 400 : 600,
  );
}

/** Only the highest label carries the unit; the others would repeat it and take room from the plot. */
export function tickLabel(tick: number, scale: Scale, format: (value: number) => string): string {
  const label = format(tick);
  return tick === scale.ticks[scale.ticks.length - 1] ? label : (label.split(THIN)[0] ?? label);
}

/** The label stands a little above its dot, and keeps clear of the limit's label. */
export function nowLabelY(dot: number, limit: number | undefined, bottom: number): number {
  const wished = Math.min(bottom - 4, dot - 3);
  if (limit === undefined || Math.abs(wished - limit) >= LABEL_GAP) return wished;
  return dot >= limit ? limit + LABEL_GAP : limit - LABEL_GAP;
}

/** Room around the plot, by the widest words on either side: top, right, bottom, left. */
export function margins(
  frame: Frame,
  measure: (words: string, weight: number) => number,
): [number, number, number, number] {
  const { model, scale, format } = frame;
  const words =
    model.words?.map((word) => word.label) ?? scale.ticks.map((tick) => tickLabel(tick, scale, format));
  const right = [
    model.limit ? measure(model.limit.label, 500) : 0,
    model.now ? measure(model.now.label, 600) : 0,
  ];
  const left = Math.max(...words.map((word) => measure(word, 400)));
  return [20, Math.ceil(Math.max(8, ...right)) + RING + 8, 20, Math.ceil(left) + 8];
}

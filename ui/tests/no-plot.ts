interface PlotOptions {
  scales?: { y?: { range?: () => [number, number] } };
}

/** Stands in for uPlot, which cannot be made without a canvas: has its shape, draws nothing. */
export class NoPlot {
  static join = (tables: unknown[][]) => tables[0];
  readonly over = document.createElement('div');
  readonly data = [[]];
  readonly cursor = {};

  constructor(readonly options: PlotOptions = {}) {}

  /** Upper end of the value axis, asked for as uPlot does on new data. */
  top(): number {
    return this.options.scales?.y?.range?.()[1] ?? Number.NaN;
  }

  setData() {}
  setCursor() {}
  valToPos() {
    return 0;
  }
  destroy() {}
}

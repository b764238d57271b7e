/** Stands in for uPlot, which cannot be made without a canvas: has its shape, draws nothing. */
export class NoPlot {
  static join = (tables: unknown[][]) => tables[0];
  over = document.createElement('div');
  data = [[]];
  cursor = {};
  setData() {}
  setCursor() {}
  valToPos() {
    return 0;
  }
  destroy() {}
}

/** Silhouettes of the states. Each is recognisable without its colour, so a change here is a change of meaning. */
export type GlyphName =
  | 'pass'
  | 'fail'
  | 'inconclusive'
  | 'no_data'
  | 'stale'
  | 'waived'
  | 'not_applicable'
  | 'pending'
  | 'running'
  | 'unknown'
  | 'hold'
  | 'armed'
  | 'not_armed'
  | 'incident'
  | 'differs';

/** A piece of a glyph on a 16 × 16 grid. Fills are even-odd, so that what is cut out shows the real background. */
export type Piece =
  { fill: string } | { stroke: string; width: number; dash?: string; faint?: boolean; cap?: 'round' };

const RING = 'M8 1.75a6.25 6.25 0 1 0 0 12.5a6.25 6.25 0 0 0 0-12.5Z';
const DISC = 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Z';
const SQUARE =
  'M4 1.9h8A2.1 2.1 0 0 1 14.1 4v8a2.1 2.1 0 0 1-2.1 2.1H4A2.1 2.1 0 0 1 1.9 12V4A2.1 2.1 0 0 1 4 1.9Z';

export const GLYPHS: Record<GlyphName, Piece[]> = {
  pass: [{ fill: `${DISC}M5.3 7.6 4.1 8.8 7.03 11.73 12.03 6.17 10.77 5.03 6.97 9.27Z` }],
  fail: [
    {
      fill:
        'M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1Z' +
        'M4.7 5.83 5.83 4.7 8 6.87 10.17 4.7 11.3 5.83 9.13 8 11.3 10.17 10.17 11.3 8 9.13 5.83 11.3 4.7 10.17 6.87 8Z',
    },
  ],
  inconclusive: [
    {
      fill:
        'M8 .7 15.3 8 8 15.3.7 8Z' +
        'M4.6 6.3c1.15-1.1 2.25-1.1 3.4 0s2.25 1.1 3.4 0v1.45c-1.15 1.1-2.25 1.1-3.4 0s-2.25-1.1-3.4 0Z' +
        'M4.6 9.3c1.15-1.1 2.25-1.1 3.4 0s2.25 1.1 3.4 0v1.45c-1.15 1.1-2.25 1.1-3.4 0s-2.25-1.1-3.4 0Z',
    },
  ],
  no_data: [
    { stroke: RING, width: 1.5, dash: '3.1 1.81' },
    { stroke: 'M5.3 10.7 10.7 5.3', width: 1.5 },
  ],
  stale: [
    { stroke: RING, width: 1.5 },
    { stroke: 'M8 4.5V8.1L10.5 9.7', width: 1.5, cap: 'round' },
  ],
  waived: [{ stroke: 'M3.4 1.4v13.2', width: 1.5 }, { fill: 'M4.1 1.9 14 5.3 4.1 8.9Z' }],
  not_applicable: [{ stroke: 'M3.2 8h9.6', width: 1.6 }],
  pending: [{ stroke: RING, width: 1.5 }],
  running: [
    { stroke: RING, width: 2, faint: true },
    { stroke: 'M8 1.75A6.25 6.25 0 1 1 1.75 8', width: 2 },
  ],
  unknown: [
    { stroke: 'M4.6 1.8h6.8L14.9 8l-3.5 6.2H4.6L1.1 8Z', width: 1.5 },
    { stroke: 'M6.2 6.4A1.85 1.85 0 1 1 8.9 8C8.2 8.4 8 8.7 8 9.5', width: 1.4, cap: 'round' },
    { fill: 'M7.15 10.8h1.7v1.6h-1.7Z' },
  ],
  hold: [
    { stroke: SQUARE, width: 1.5 },
    { stroke: 'M6.3 5.1v5.8M9.7 5.1v5.8', width: 1.6 },
  ],
  armed: [{ stroke: RING, width: 1.5 }, { fill: 'M8 5.1a2.9 2.9 0 1 0 0 5.8a2.9 2.9 0 0 0 0-5.8Z' }],
  not_armed: [
    { stroke: RING, width: 1.5 },
    { stroke: 'M3.7 3.7 12.3 12.3', width: 1.5 },
  ],
  incident: [
    {
      fill:
        'M7.1 2.1a1.05 1.05 0 0 1 1.8 0l6 10.5a1.05 1.05 0 0 1-.9 1.6H2a1.05 1.05 0 0 1-.9-1.6Z' +
        'M7.2 6h1.6v4H7.2ZM7.2 11h1.6v1.6H7.2Z',
    },
  ],
  differs: [
    { stroke: SQUARE, width: 1.5 },
    { stroke: 'M4.9 6.4h6.2M4.9 9.6h6.2M10 4.6 6 11.4', width: 1.3 },
  ],
};

/** Colour role of a state; several states share one. */
export type Tone =
  'pass' | 'fail' | 'inconclusive' | 'no-data' | 'stale' | 'waived' | 'unknown' | 'accent' | 'neutral';

export const TONES: Record<GlyphName, Tone> = {
  pass: 'pass',
  fail: 'fail',
  inconclusive: 'inconclusive',
  no_data: 'no-data',
  stale: 'stale',
  waived: 'waived',
  not_applicable: 'neutral',
  pending: 'neutral',
  running: 'accent',
  unknown: 'unknown',
  hold: 'stale',
  armed: 'accent',
  not_armed: 'no-data',
  incident: 'stale',
  differs: 'stale',
};

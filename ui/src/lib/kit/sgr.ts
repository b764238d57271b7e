/** Text with the terminal's own formatting codes, already cut apart: "1;31" is bold and red. */
export interface Span {
  text: string;
  /** Parameters of the SGR sequence in force, "" for plain text. */
  sgr: string;
}

const COLOURS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

/**
 * Class names for SGR parameters. Colours become roles of the theme, because a terminal's own yellow is not
 * readable on white; backgrounds and 256-colour values are dropped for the same reason.
 */
export function sgrClasses(sgr: string): string {
  const classes = new Set<string>();
  const codes = sgr.split(';').map(Number);
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 38 || code === 48) {
      at += codes[at + 1] === 2 ? 4 : 2;
      continue;
    }
    if (code === 0) classes.clear();
    else if (code === 1) classes.add('sgr-bold');
    else if (code === 2) classes.add('sgr-faint');
    else if (code === 3) classes.add('sgr-italic');
    else if (code === 4) classes.add('sgr-underline');
    else {
      const colour = COLOURS[code >= 90 ? code - 90 : code - 30];
      if (colour && (code < 40 || code >= 90)) classes.add(`sgr-${colour}`);
    }
  }
  return [...classes].join(' ');
}

export interface Hit {
  line: number;
  from: number;
  to: number;
}

/** Every occurrence of a text, ignoring case, up to a limit that keeps typing quick in a long log. */
export function findHits(lines: readonly { spans: Span[] }[], query: string, limit = 10_000): Hit[] {
  const needle = query.toLocaleLowerCase();
  if (!needle) return [];
  const hits: Hit[] = [];
  for (const [line, { spans }] of lines.entries()) {
    const text = spans
      .map((span) => span.text)
      .join('')
      .toLocaleLowerCase();
    for (let from = text.indexOf(needle); from !== -1; from = text.indexOf(needle, from + needle.length)) {
      hits.push({ line, from, to: from + needle.length });
      if (hits.length >= limit) return hits;
    }
  }
  return hits;
}

export interface MarkedSpan extends Span {
  mark: 'hit' | 'current' | undefined;
}

/** Cuts the spans of a line at the borders of its hits. */
export function markSpans(spans: Span[], hits: Hit[], current: Hit | undefined): MarkedSpan[] {
  if (hits.length === 0) return spans.map((span) => ({ ...span, mark: undefined }));
  const result: MarkedSpan[] = [];
  let start = 0;
  for (const span of spans) {
    const end = start + span.text.length;
    const cuts = new Set([start, end]);
    for (const hit of hits) for (const cut of [hit.from, hit.to]) if (cut > start && cut < end) cuts.add(cut);
    const borders = [...cuts].sort((a, b) => a - b);
    for (const [index, from] of borders.slice(0, -1).entries()) {
      const to = borders[index + 1] ?? end;
      const hit = hits.find((candidate) => candidate.from <= from && candidate.to >= to);
      const mark = hit ? (hit === current ? 'current' : 'hit') : undefined;
      result.push({ text: span.text.slice(from - start, to - start), sgr: span.sgr, mark });
    }
    start = end;
  }
  return result;
}

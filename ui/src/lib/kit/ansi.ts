import type { LogLine } from './LogView.svelte';
import type { Span } from './sgr';

/** Lines kept of one output. The engine keeps the whole; a page that keeps everything slows down with it. */
export const MAX_LOG_LINES = 20_000;
/** A single line longer than this is cut: no reader follows it, and layout time grows with its square. */
export const MAX_LINE_CHARS = 4_000;
/** An escape sequence longer than this is not one. */
const MAX_ESCAPE_CHARS = 256;

// Control characters are what this file is about.
/* eslint-disable no-control-regex */
const ESCAPE =
  /\u001b(?:\[([0-9:;<=>?]*)[ -/]*([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[()#][0-9A-Za-z]|[@-Z\\^_=>78])/gu;
const UNFINISHED = /\u001b(?:\[[0-9:;<=>? -/]*|\][^\u0007\u001b]*\u001b?|[()#]?)$/u;
const CONTROL = /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f]/gu;
/* eslint-enable no-control-regex */

/** What SGR parameters are in force after another sequence; an empty one or 0 ends them all. */
function combine(before: string, parameters: string): string {
  const codes = parameters.split(';');
  const reset = codes.lastIndexOf('0');
  if (parameters === '') return '';
  if (reset !== -1 && !['38', '48'].includes(codes[0] ?? '')) return codes.slice(reset + 1).join(';');
  // 22, 39 and their like end one attribute; starting over is close enough for reading and never wrong for long.
  if (codes.some((code) => /^(2[1-9]|39|49)$/u.test(code)) && codes.length === 1) return '';
  return before ? `${before};${parameters}` : parameters;
}

/**
 * Turns terminal output that arrives in pieces into lines of spans. Colours stay as SGR parameters, everything else
 * that would move a cursor is dropped, and a carriage return starts its line again, as progress bars expect.
 */
export class LogBuffer {
  #lines: LogLine[] = [];
  #count = 0;
  #open: Span[] = [];
  #length = 0;
  #sgr = '';
  #carry = '';

  /** Adds a piece and returns all lines kept, the unfinished last one included. */
  append(piece: string): LogLine[] {
    let input = (this.#carry + piece).replaceAll('\r\n', '\n');
    this.#carry = '';
    const rest = UNFINISHED.exec(input) ?? /\r$/u.exec(input);
    if (rest && rest[0].length <= MAX_ESCAPE_CHARS) {
      this.#carry = rest[0];
      input = input.slice(0, rest.index);
    }
    let from = 0;
    for (const found of input.matchAll(ESCAPE)) {
      this.#plain(input.slice(from, found.index));
      if (found[2] === 'm') this.#sgr = combine(this.#sgr, found[1] ?? '');
      from = found.index + found[0].length;
    }
    this.#plain(input.slice(from));
    return this.lines;
  }

  get lines(): LogLine[] {
    if (this.#open.length === 0) return [...this.#lines];
    return [...this.#lines, { n: this.#count + 1, spans: [...this.#open] }];
  }

  #plain(text: string): void {
    const pieces = text.split('\n');
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) this.#end();
      const start = piece.lastIndexOf('\r');
      if (start !== -1) {
        this.#open = [];
        this.#length = 0;
      }
      this.#write(piece.slice(start + 1).replaceAll(CONTROL, ''));
    }
  }

  #write(text: string): void {
    const fitting = text.slice(0, Math.max(0, MAX_LINE_CHARS - this.#length));
    if (!fitting) return;
    this.#length += fitting.length;
    const last = this.#open[this.#open.length - 1];
    if (last?.sgr === this.#sgr) this.#open[this.#open.length - 1] = { ...last, text: last.text + fitting };
    else this.#open.push({ text: fitting, sgr: this.#sgr });
  }

  #end(): void {
    this.#count += 1;
    this.#lines.push({ n: this.#count, spans: this.#open });
    this.#open = [];
    this.#length = 0;
    if (this.#lines.length > MAX_LOG_LINES) this.#lines = this.#lines.slice(-MAX_LOG_LINES);
  }
}

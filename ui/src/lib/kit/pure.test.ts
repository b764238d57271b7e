import { describe, expect, it } from 'vitest';
import { LogBuffer, MAX_LINE_CHARS, MAX_LOG_LINES } from './ansi';
import { findHits, markSpans, sgrClasses } from './sgr';
import { flatten, treeMove, type TreeNode } from './tree';
import { OVERSCAN, visibleWindow } from './virtual';

const leaf = (id: string): TreeNode<null> => ({ id, name: id, data: null });
const nodes: TreeNode<null>[] = [
  { ...leaf('a'), children: [leaf('b'), { ...leaf('c'), children: [leaf('d')] }] },
  leaf('e'),
];

describe('tree', () => {
  it('leaves out what is folded away', () => {
    expect(flatten(nodes, new Set()).map((row) => `${row.level}${row.node.id}`)).toEqual([
      '1a',
      '2b',
      '2c',
      '3d',
      '1e',
    ]);
    expect(flatten(nodes, new Set(['c'])).map((row) => row.node.id)).toEqual(['a', 'b', 'c', 'e']);
    expect(flatten(nodes, new Set(['a'])).map((row) => row.node.id)).toEqual(['a', 'e']);
  });

  it.each([
    ['a', 'ArrowDown', 'select b'],
    ['a', 'ArrowUp', 'none'],
    ['e', 'ArrowDown', 'none'],
    ['d', 'ArrowLeft', 'select c'],
    ['c', 'ArrowLeft', 'collapse c'],
    ['c', 'ArrowRight', 'select d'],
    ['d', 'ArrowRight', 'none'],
    ['b', 'Home', 'select a'],
    ['b', 'End', 'select e'],
    ['b', 'x', 'none'],
  ])('at %s, %s means %s', (selected, key, meaning) => {
    const move = treeMove(flatten(nodes, new Set()), selected, key);
    expect('id' in move ? `${move.kind} ${move.id}` : move.kind).toBe(meaning);
  });

  it('opens before it enters', () => {
    expect(treeMove(flatten(nodes, new Set(['c'])), 'c', 'ArrowRight')).toEqual({ kind: 'expand', id: 'c' });
  });
});

describe('visibleWindow', () => {
  it('accounts for every row at every position', () => {
    for (let top = -50; top < 25_000; top += 137) {
      const view = visibleWindow(1000, 20, top, 300);
      expect(view.before + (view.end - view.first) * 20 + view.after).toBe(20_000);
      expect(view.end - view.first).toBeLessThanOrEqual(15 + 2 * OVERSCAN);
    }
  });

  it('contains what can be seen', () => {
    const view = visibleWindow(1000, 20, 5000, 300);
    expect(view.first).toBeLessThanOrEqual(250);
    expect(view.end).toBeGreaterThanOrEqual(265);
    expect(visibleWindow(0, 20, 0, 300)).toEqual({ first: 0, end: 0, before: 0, after: 0 });
  });
});

describe('terminal output', () => {
  it.each([
    ['', ''],
    ['1;31', 'sgr-bold sgr-red'],
    ['2', 'sgr-faint'],
    ['92', 'sgr-green'],
    ['41', ''],
    ['38;5;196;1', 'sgr-bold'],
    ['38;2;10;20;30;4', 'sgr-underline'],
    ['31;0', ''],
    ['nonsense', ''],
  ])('%s becomes %s', (sgr, classes) => {
    expect(sgrClasses(sgr)).toBe(classes);
  });

  const lines = [
    {
      spans: [
        { text: 'expected 12', sgr: '' },
        { text: '00 JPY', sgr: '31' },
      ],
    },
    { spans: [{ text: 'jpy jpy', sgr: '' }] },
  ];

  it('finds across spans, without regard to case', () => {
    expect(findHits(lines, '1200')).toEqual([{ line: 0, from: 9, to: 13 }]);
    expect(findHits(lines, 'jpy')).toHaveLength(3);
    expect(findHits(lines, '')).toEqual([]);
    expect(findHits(lines, 'jpy', 2)).toHaveLength(2);
  });

  it('marks hits and loses no letter', () => {
    const hits = findHits(lines, '1200');
    const marked = markSpans(lines[0]?.spans ?? [], hits, hits[0]);
    expect(marked.map((span) => span.text).join('')).toBe('expected 1200 JPY');
    expect(marked.filter((span) => span.mark === 'current').map((span) => span.text)).toEqual(['12', '00']);
  });
});

describe('LogBuffer', () => {
  const say = (...pieces: string[]) => {
    const buffer = new LogBuffer();
    for (const piece of pieces) buffer.append(piece);
    return buffer.lines.map((line) =>
      line.spans.map((span) => [span.sgr, span.text].filter(Boolean).join(':')).join('|'),
    );
  };

  it('keeps colours and drops what moves the cursor', () => {
    expect(say('\u001b[32m✓\u001b[0m ok\u001b[2K\u001b[1A\n\u001b]0;title\u0007next')).toEqual([
      '32:✓| ok',
      'next',
    ]);
  });

  it('says the same however the output is cut', () => {
    const output =
      'a\u001b[1;31mred\u001b[39m b\r\n10 %\r50 %\r100 %\n\u001b[38;5;10mgreen\u001b[0m\u0008 end';
    const whole = say(output);
    expect(whole).toEqual(['a|1;31:red| b', '100 %', '38;5;10:green| end']);
    for (let at = 1; at < output.length; at += 1) {
      expect(say(output.slice(0, at), output.slice(at)), `cut at ${at}`).toEqual(whole);
    }
    expect(say(...output)).toEqual(whole);
  });

  it('has limits', () => {
    const buffer = new LogBuffer();
    buffer.append(`${'x'.repeat(MAX_LINE_CHARS * 2)}\n`);
    expect(buffer.lines[0]?.spans[0]?.text).toHaveLength(MAX_LINE_CHARS);
    buffer.append('line\n'.repeat(MAX_LOG_LINES + 10));
    expect(buffer.lines).toHaveLength(MAX_LOG_LINES);
    expect(buffer.lines.at(-1)?.n).toBe(MAX_LOG_LINES + 11);
  });

  it('does not wait for ever for the end of an escape', () => {
    expect(say(`\u001b]0;${'t'.repeat(400)}`, 'after\n').join('')).toContain('after');
  });
});

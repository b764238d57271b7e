import axe from 'axe-core';

/** Findings of axe, one line each. Contrast is measured on the tokens, because jsdom does not paint. */
export async function findings(root: Element = document.body): Promise<string[]> {
  const result = await axe.run(root, { rules: { 'color-contrast': { enabled: false } } });
  return result.violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.html.slice(0, 160)}`),
  );
}

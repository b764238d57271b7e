/** Narrow no-break space between a figure and its unit: "48 h" never ends a line after 48. */
export const THIN = '\u202f';

/** Joins a figure and its unit in prose. Rules keep the spelling of the policy ("48h") and do not come here. */
export function withUnit(figure: string | number, unit: string): string {
  return `${figure}${THIN}${unit}`;
}

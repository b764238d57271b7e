import { withUnit } from './space';

/** "1,842" */
export function count(value: number): string {
  return Math.trunc(value).toLocaleString('en-US');
}

/** At most `digits` significant figures, without trailing zeros, and never in exponent form. */
export function figure(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return '';
  if (value === 0) return '0';
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  const decimals = Math.min(6, Math.max(0, digits - 1 - magnitude));
  return value.toLocaleString('en-US', { maximumFractionDigits: decimals });
}

/** A share of one as a percentage: 0.0021 is "0.21 %". */
export function percent(share: number, digits = 3): string {
  return withUnit(figure(share * 100, digits), '%');
}

/** "6 of 42" */
export function of(part: number, whole: number): string {
  return `${count(part)} of ${count(whole)}`;
}

/** Singular or plural with its count: "1 fact", "6 facts". */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

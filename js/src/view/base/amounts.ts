/** Functions that format amounts for people. */

import { LANGUAGE } from "../../core/page-text.ts";

/** Dollars below this would be shown as none, so they are not shown. */
export const MIN_SHOWN_USD = 0.000_05;

export function formatNumber(value: number): string {
  return value.toLocaleString(LANGUAGE);
}

/** Format US dollars: in cents from `centsFrom` dollars on, and below that with two more digits. */
export function formatUsd(usd: number, centsFrom = 1): string {
  return `$${usd.toFixed(usd < centsFrom ? 4 : 2)}`;
}

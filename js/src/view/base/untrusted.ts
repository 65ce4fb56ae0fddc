/**
 * Functions that read the fields of a block beside its text.
 *
 * These fields come from outside and are not trusted. Each field is read as the type that it should have, and
 * a field of another type counts as missing.
 */

import type { Data } from "../../core/protocol.ts";

/** The longest name, title or address that is shown, so that it stays about one line long. */
const MAX_LINE_CHARS = 300;

/** The most items of a list that are shown. The kernel sends at most fifty. */
const MAX_ITEMS = 100;

/** Read a text, cut to `maxChars`; "" for any other type. */
export function asText(value: unknown, maxChars = Number.POSITIVE_INFINITY): string {
  if (typeof value !== "string") return "";
  return value.length > maxChars ? `${value.slice(0, maxChars)}…` : value;
}

/** Read a text as one short line. */
export function asLine(value: unknown): string {
  return asText(value, MAX_LINE_CHARS).replace(/\s+/g, " ").trim();
}

/** Read a finite number that is not negative. */
export function asCount(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && Number.isFinite(value) ? value : undefined;
}

/** Read a list of at most as many items as the limit allows. For any other type, return an empty list. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, MAX_ITEMS) : [];
}

/** Read a list of objects; items of any other type are left out. */
export function asRecords(value: unknown): Data[] {
  return asList(value).filter((item): item is Data => typeof item === "object" && item !== null);
}

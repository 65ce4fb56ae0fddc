/**
 * Readers for a block's fields beside its text.
 *
 * These fields come from outside and are not trusted: each is read as the type it should have, and a field of
 * another type counts as missing.
 */

import type { Data } from "../../core/protocol.ts";

/** Limit of a name, a title or an address, so that it stays about one line long. */
const MAX_LINE_CHARS = 300;

/** Limit of a list; the kernel sends at most fifty items. */
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

/** Read a finite number from 0. */
export function asCount(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && Number.isFinite(value) ? value : undefined;
}

/** Read a list of bounded length; empty for any other type. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, MAX_ITEMS) : [];
}

/** Read a list of objects; items of any other type are left out. */
export function asRecords(value: unknown): Data[] {
  return asList(value).filter((item): item is Data => typeof item === "object" && item !== null);
}

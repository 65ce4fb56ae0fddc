/** What is shown of a block beside its text is not trusted: each field is taken as what it should be, or as nothing. */

import type { Data } from "../../core/protocol.ts";

/** Characters of a name, a title, an address: a line, and no wall of text. */
const LINE = 300;

/** Things in a list; the kernel sends at most fifty. */
const MANY = 100;

export function asText(value: unknown, most = Number.POSITIVE_INFINITY): string {
  if (typeof value !== "string") return "";
  return value.length > most ? `${value.slice(0, most)}…` : value;
}

export function asLine(value: unknown): string {
  return asText(value, LINE).replace(/\s+/g, " ").trim();
}

export function asCount(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && Number.isFinite(value) ? value : undefined;
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, MANY) : [];
}

export function asRecords(value: unknown): Data[] {
  return asList(value).filter((one): one is Data => typeof one === "object" && one !== null);
}

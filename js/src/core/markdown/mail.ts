/** Mail addresses without brackets (GFM §6.9). */

import { linked } from "./autolink.ts";
import { trimmedEnd } from "./chars.ts";
import { Run } from "./delimiters.ts";
import type { Scanner } from "./scanner.ts";

const LOCAL = /[\w.+-]/;
const LOCAL_END = /[\w.+-]+$/;

/** The longest part before the `@` that the mail protocol allows (RFC 5321 §4.5.3.1.1). */
const MAX_LOCAL_CHARS = 64;

const HOST = /[A-Za-z\d_-]+(?:\.[A-Za-z\d_-]+)+/y;

/** The last part of a host is a name: `react@18.2.0` is a package and its version. */
const TOP_LEVEL = /\.(?:[A-Za-z]+|xn--[A-Za-z\d-]+)$/;
const VERSION = /^v?\d+\.(?:\d|[A-Za-z](?:\.|$))/;

/** More text of these characters may belong to the host. */
const REST = /[\w.-]*/y;

/** Parse the mail address that has its `@` here. */
export function mail(scanner: Scanner): boolean {
  const { text, at } = scanner;
  const start = localStart(scanner);
  HOST.lastIndex = at + 1;
  const found = HOST.exec(text)?.[0] ?? "";
  const host = isEmphasised(scanner, start) ? trimmedEnd(found, "_") : found;
  if (!TOP_LEVEL.test(host) || VERSION.test(host)) return false;
  const before = start === scanner.from ? scanner.takeBack(LOCAL_END, MAX_LOCAL_CHARS) : "";
  if (before === "" && start === at) return false;
  const prefix = /(?:mailto|xmpp):$/i.exec(text.slice(Math.max(scanner.from, start - 7), start))?.[0] ?? "";
  if (/^x/i.test(prefix)) return false;
  const end = at + 1 + host.length;
  const address = before + text.slice(start, end);
  REST.lastIndex = end;
  REST.test(text);
  const mayGoOn = scanner.mayBeInLink || (scanner.growing && REST.lastIndex >= text.length);
  const href = mayGoOn ? "" : `mailto:${address}`;
  scanner.take(start - prefix.length, end, linked(href, prefix + address));
  return true;
}

/** Whether the address stands directly behind an underscore that may open emphasis, as in `_a@b.cc_`. */
function isEmphasised({ tokens, from }: Scanner, start: number): boolean {
  const last = tokens.at(-1);
  return start === from && last instanceof Run && last.char === "_";
}

function localStart({ text, from, at }: Scanner): number {
  let start = at;
  while (start > from && LOCAL.test(text[start - 1] as string)) start--;
  return start;
}

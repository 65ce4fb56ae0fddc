/** Time that the parser takes, for the test and the benchmark of its growth. */

import { Markdown } from "../../../src/core/markdown/parser.ts";

declare const process: { cpuUsage(): { user: number; system: number } };

/** The processor's time, which a busy machine changes less than the clock's. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Parse a text in pieces of a number of characters, and return the milliseconds of the processor. */
export function parseMs(text: string, piece: number): number {
  const start = cpuMs();
  const markdown = new Markdown();
  for (let at = 0; at < text.length; at += piece) {
    markdown.push(text.slice(at, at + piece));
    markdown.revised.clear();
  }
  markdown.end();
  return cpuMs() - start;
}

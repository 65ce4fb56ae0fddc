/** Comparison of a tree with the HTML that another renderer writes for the same text. */

import type { Document } from "../../../../src/core/markdown/tree.ts";
import { html } from "../html.ts";

const ASIDE = /<aside id="([^"]*)">\n((?:(?!<aside )[\s\S])*?)<\/aside>\n/;

/** Find the number of each footnote that the text refers to. */
function numbers(node: unknown, found = new Map<string, number>()): Map<string, number> {
  if (typeof node !== "object" || node === null) return found;
  if ("kind" in node && node.kind === "note") {
    const { label, number } = node as unknown as { label: string; number: number };
    found.set(label.toLowerCase(), number);
  }
  for (const value of Object.values(node)) numbers(value, found);
  return found;
}

/** Write a tree as HTML, with the footnotes that have a reference in a list at the end. */
export function rendered(root: Document): string {
  const known = numbers(root);
  const notes: string[] = [];
  let text = html(root);
  for (let match = ASIDE.exec(text); match; match = ASIDE.exec(text)) {
    const [all, label = "", body = ""] = match;
    text = text.replace(all, () => "");
    const number = known.get(label.toLowerCase());
    if (number !== undefined) notes[number] ??= `<li>\n${body}</li>\n`;
  }
  return notes.length > 0 ? `${text}<section>\n<ol>\n${notes.join("")}</ol>\n</section>\n` : text;
}

/** The ways in which renderers write the same element, and how it is written here. */
const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/<sup class="footnote-ref"><a [^>]*>\[?(\d+)(?::\d+)?\]?<\/a><\/sup>/g, "<sup>$1</sup>"],
  [/\s*<a [^>]*class="footnote-backref"[^>]*>(?:(?!<\/a>)[\s\S])*<\/a>/g, ""],
  [/<hr class="footnotes-sep"[^>]*>\n?/g, ""],
  [/<(section|ol|li)(?: (?:id|class|data-footnotes)(?:="[^"]*")?)+>/g, "<$1>"],
  [
    /<(?:span|div) class="math (inline|block)"[^>]*>\s*((?:(?!<\/(?:span|div)>)[\s\S])*?)\s*<\/(?:span|div)>/g,
    "<math $1>$2</math>",
  ],
  [/<math>/g, "<math inline>"],
  [/<math (?:display|block)>/g, "<math block>"],
  [/ style="text-align:(\w+)"/g, ' align="$1"'],
  [/<(\/?)s>/g, "<$1del>"],
  [/<input(?=[^>]*type="checkbox")(?:(?=[^>]*(checked))?)[^>]*>/g, "<input $1>"],
  [/ \/>/g, ">"],
  [/&quot;/g, '"'],
  [/<tbody>\s*<\/tbody>/g, ""],
  [
    /\s*(<\/?(?:address|blockquote|h\d|hr|li|math block|ol|p|pre|section|table|tbody|td|th|thead|tr|ul)\b[^>]*>|<br>)\s*/g,
    "$1",
  ],
  [/<\/math>\s*$/g, "</math>"],
  [/\s*<\/code><\/pre>/g, "</code></pre>"],
  [/[ \t]*\n[ \t]*/g, "\n"],
];

/** Return the HTML without the differences that have no meaning. */
export function normal(text: string): string {
  return SPELLINGS.reduce((now, [from, to]) => now.replace(from, to), text).trim();
}

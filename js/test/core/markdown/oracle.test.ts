import MarkdownIt from "markdown-it";
import { expect, test } from "vitest";
import { type Options, whole } from "./feed.ts";
import { encoded, html } from "./html.ts";
import { COMMON, ROUNDS, scrap, TEST_TIMEOUT_MS } from "./scraps.ts";

/**
 * If markdown-it and cmark differ, we follow cmark, whose algorithm is the spec's appendix. So no scrap has a
 * definition with text right behind it (markdown-it ends the paragraph there), and these texts are skipped.
 */
const DIFFERENT: readonly [RegExp, string][] = [
  [/`[^`]*\n[ \t]+[^`]*`/, "spaces at the beginning of a line inside a code span: a paragraph has none"],
  [
    /^[ >]*(?:[-+*]|\d[.)])[ \t]*\n[ \t]*\n/m,
    "an empty item and a blank line: markdown-it begins another list",
  ],
  [
    /^[-+*\d.) ]*>[\s\S]*\n(?: {4}|\t)/m,
    "an indented line behind a quote: it is lazy text if the quote ends in a paragraph",
  ],
  [
    /^(?: +\S{1,2}|\S{1,2} {2,}) .*\n[\s\S]*?(?: {4}|\t)/m,
    "and behind an item whose text stands four spaces in",
  ],
  [/>.*\t/, "a tab behind a quote's mark: where the mark stands counts"],
  [/^ *(?:[-+*]|\d[.)]).*(?:```|~~~).*\n\s*\n/m, "a blank line in a fence: it makes no list loose"],
  [/\]\([^)\n]*\(/, "a bracket that opens in an address and does not close: the address is none"],
  [/\]\(\s*(?:\n\n|$)/, "a link that nothing follows: its label may still be one"],
];

/** The same for cmark-gfm, against markdown-it's tables and strikethrough. */
const DIFFERENT_GFM: readonly [RegExp, string][] = [
  ...DIFFERENT,
  [/~{3}/, "a run of three tildes or more is text"],
  [/^(?: {4}|[ ]*\t).*\|/m, "a table's head four spaces in"],
  [/^[ >]*(?:[#>]|[-+*]|\d[.)]).*\|/m, "a block that begins in the head of a table: blocks come first"],
  [/\|.*\n *-+ *$/m, "a head with one column and a line of dashes: it is a heading's underline"],
  [/^[^|\n]*\n[ >]*\|?[ ]*:?-+:?[ ]*\|?[ ]*$/m, "a head of one column without a pipe"],
  [/`[^\n]*\|[^\n]*`/, "a pipe in code: it is no border if the row has too many cells"],
  [/[*_]~|~[*_]/, "tildes beside another mark: they do not count for it"],
];

/** markdown-it nests links if an address is inside one. */
const NESTED = /<a [^>]*>(?:(?!<\/a>)[\s\S])*<a /;

type Oracle = InstanceType<typeof MarkdownIt>;

/** Remove spaces without a meaning, and use our tags. */
function plain(text: string): string {
  return text
    .replace(/ style="text-align:(\w+)"/g, ' align="$1"')
    .replace(/<(\/?)s>/g, "<$1del>")
    .replace(/ \/>/g, ">")
    .replace(/\s*<\/code><\/pre>/g, "</code></pre>")
    .replace(/\n*(<(?:pre|blockquote|p|\/p)>)\n*/g, "$1")
    .replace(/\n*(<\/blockquote>)/g, "$1")
    .replace(/\n+/g, "\n");
}

function same(
  seeds: number,
  from: readonly string[],
  options: Options,
  oracle: Oracle,
  parted: typeof DIFFERENT,
) {
  oracle.normalizeLink = encoded;
  oracle.validateLink = () => true;
  oracle.normalizeLinkText = (text: string) => text;
  let held = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const text = scrap(seed, from, 25);
    if (parted.some(([pattern]) => pattern.test(text))) continue;
    const expected = oracle.render(text);
    if (NESTED.test(expected)) continue;
    held += 1;
    expect.soft(plain(html(whole(text, options).root)), JSON.stringify(text)).toBe(plain(expected));
  }
  return held;
}

const DEFINITIONS = ["\n\n[a]: /url\n\n", "\n\n[b]: <u> 't'\n\n", '\n\n[b]: /v\n"t"\n\n'];
const SCRAPS = [...COMMON.filter((text) => !text.includes("]:")), ...DEFINITIONS];
const GFM = ["|", " | ", "|a|b|\n|-|:-:|\n", "| - |", "|--", "~~", "\n|a|b|\n|-|-|\n|`c`|", "|\n|"];

test(
  "CommonMark made of scraps comes out as markdown-it says",
  () => {
    const oracle = new MarkdownIt("commonmark", { html: false });
    expect(same(2500 * ROUNDS, SCRAPS, { extensions: false }, oracle, DIFFERENT)).toBeGreaterThan(
      1600 * ROUNDS,
    );
  },
  TEST_TIMEOUT_MS,
);

test(
  "scraps with tables and strikethrough come out as markdown-it says",
  () => {
    const scraps = [...SCRAPS.filter((text) => !/@|\/\/|\\|[.]|日本|^[(\])]/.test(text)), ...GFM, ...GFM];
    expect(same(2500 * ROUNDS, scraps, {}, new MarkdownIt({ html: false }), DIFFERENT_GFM)).toBeGreaterThan(
      800 * ROUNDS,
    );
  },
  TEST_TIMEOUT_MS,
);

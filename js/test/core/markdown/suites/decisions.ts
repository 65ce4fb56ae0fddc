/** Decisions to differ from another renderer, each with its reason and a test that finds its examples. */

import MarkdownIt from "markdown-it";
import { Markdown } from "../../../../src/core/markdown/parser.ts";
import { named } from "../entity-names.ts";
import { normal, rendered } from "./compare.ts";

export interface Example {
  readonly input: string;
  readonly ours: string;
  readonly theirs: string;
}

export interface Decision {
  readonly reason: string;
  explains(example: Example): boolean;
}

const withHtml = new MarkdownIt("commonmark");
const withoutHtml = new MarkdownIt("commonmark", { html: false });

function hasHtml(text: string): boolean {
  return /"html_(?:block|inline)"/.test(JSON.stringify(withHtml.parse(text, {})));
}

/** Checked against markdown-it with HTML off. */
export const HTML_AS_MARKDOWN_IT: Decision = {
  reason: "Raw HTML is text, as in markdown-it with HTML off.",
  explains: ({ input, ours }) => hasHtml(input) && ours === normal(withoutHtml.render(input)),
};

const HTML_AS_TEXT: Decision = {
  reason: "A few tags without attributes are elements, and the rest of raw HTML is text.",
  explains: ({ input }) => hasHtml(input),
};

/** A decision about texts that match. */
function about(pattern: RegExp, reason: string): Decision {
  return { reason, explains: ({ input }) => pattern.test(input) };
}

const SINGLE_TILDES = about(/(?<!~)~(?!~)/, "One tilde stands for “about” or “to”; only two strike through.");
const BARE_ADDRESSES: Decision = {
  reason: "An address without brackets is a link, as GFM has it.",
  explains: ({ ours, theirs }) =>
    ours.replace(/<a href="(?:https?:|mailto:)[^"]*">([^<]*)<\/a>/g, "$1") === theirs,
};
const FTP = about(/ftp:\/\//, "Browsers no longer open `ftp:`, so it is text.");

export const SHIPPED: readonly Decision[] = [HTML_AS_TEXT, SINGLE_TILDES, FTP, BARE_ADDRESSES];

export const MARKDOWN_IT: readonly Decision[] = [
  HTML_AS_TEXT,
  about(
    /^(?:#|-\s).*\|/m,
    "A heading or an item that begins in the head of a table comes first, as in cmark-gfm.",
  ),
  about(/~{3}/, "A run of more than two tildes is text, as in cmark-gfm."),
  about(/~~"|---/, "Quotes and dashes stay as they were written."),
  about(/\\https/, "A backslash before a letter is text, and the address behind it a link, as in GFM."),
  about(/%28/, "An address is shown as it was written."),
];

export const FOOTNOTES: readonly Decision[] = [
  about(/\^\[/, "Notes inside a line, `^[…]`, are no part of GFM."),
  about(/\]: {8}/, "Spaces before a note's text do not make it code, as in cmark-gfm."),
];

export const MATHS: readonly Decision[] = [
  about(/\$\$ ?\([\w ]+\)/, "A label behind a formula stays text."),
  about(
    /[^\s$].*\$\$|\$\$.*[^\s$]/,
    "`$$` inside a line is a display formula too, as KaTeX and Jupyter have it.",
  ),
  about(/\n\$\$\n/, "`$$` in a line of its own begins a formula, also below a line of text."),
];

function shown(text: string): string {
  const markdown = new Markdown({ named });
  for (const unit of text) markdown.push(unit);
  return normal(rendered(markdown.root));
}

/** The ends of a text that may become one of several things. */
const HELD =
  /(?:(?:^|\n)[ >*+-]*(?:[-=*_][-=*_ ]*|>\S*)|[*_~`$\\[\]!<&]+|\$[^$\s]*_?\$?|\[\^?\w*\]?\[?|\]\[\w*\]?)\s*$/;

/** Whether the text so far shows no more than what comes before its ambiguous end. */
function isHeld({ input, ours }: Example): boolean {
  return (
    HELD.test(input) &&
    [input.replace(HELD, ""), input.trimEnd().slice(0, -1)].some((text) => shown(text) === ours)
  );
}

/** Remove what a reader does not see: the kinds of the elements. */
function textOf(html: string): string {
  return html.replace(/<[^>]*>/g, "");
}

/** Count the marks of emphasis that a reader sees. */
function marks(html: string): number {
  return textOf(html).match(/[*~]/g)?.length ?? 0;
}

export const UNFINISHED: readonly Decision[] = [
  { reason: "A mark at the end may still become several things, and is held back.", explains: isHeld },
  {
    reason: "A bracket becomes a link when its address begins; until then it may be an aside or an index.",
    explains: ({ input, theirs }) => /\[(?!.*\]\()/.test(input) && /<a href="">/.test(theirs),
  },
  about(/^\| /, "A row with a pipe before it is shown as the head of a table."),
  about(
    /<(?:\/?[A-Za-z][^>]*>?|!--.*)$/,
    "A tag at the end may be one of the few that are elements, and is held back. A comment shows nothing.",
  ),
  about(/^ {4}/, "Indented code is complete as it is."),
  about(/\$[^$]*$/, "An open formula is shown as one, if it looks like one."),
  about(/https:\/\/\S+$/, "An address that may go on has no target yet."),
  about(/^\\/, "An escape holds for one mark, and the mark behind it for itself."),
  {
    reason: "Spans close from the inside out, so that no mark of the repair shows.",
    explains: ({ ours, theirs }) => marks(ours) < marks(theirs),
  },
  about(/\n\n$|\n[*\d-].*$/, "A span does not go on behind the end of its paragraph."),
  about(/\w\*{1,2}\w/, "A star inside a word may stand for a product or a power."),
  about(
    /^- (?:\*\*|__)(?: text|text\n)/,
    "A mark with a space behind it opens nothing, and a span goes on in the next line.",
  ),
];

import type { Document } from "../../src/core/markdown/tree.ts";
import { html } from "./markdown/html.ts";

/**
 * The visible text of a page, with marks for its elements and formulas, so that two renderers can be compared. The
 * twin of `shown` in `tests/shown_text.py`.
 */

const TOKEN = /<(\/?)([a-z][a-z0-9]*)((?:[^>"']|"[^"]*"|'[^']*')*)>|[^<]+|</gi;

/** Marks of elements that a reader sees. Other elements are left out, with their text kept. */
const MARKS: Readonly<Record<string, string>> = {
  strong: "b",
  em: "i",
  del: "s",
  s: "s",
  code: "code",
  sub: "sub",
  sup: "sup",
  kbd: "kbd",
  mark: "mark",
  ins: "u",
  u: "u",
  blockquote: "quote",
  li: "item",
  td: "cell",
  th: "cell",
  ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((level) => [`h${level}`, `h${level}`])),
};

/** Formulas that MathJax finds in the text of an element, as JupyterLab and nbconvert configure it. */
const MATH =
  /\\(\$)|\$\$((?:[^$\\]|\\[\s\S])+?)\$\$|\$((?:[^$\\]|\\[\s\S])+?)\$|\\\[([\s\S]+?)\\\]|\\\(([\s\S]+?)\\\)|(\\begin\{([a-z]+\*?)\}[\s\S]*?\\end\{\7\})/gi;

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " " };

function decoded(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (entity, decimal, hex, name) => {
    if (name) return ENTITIES[name] ?? entity;
    return String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hex, 16));
  });
}

/** A formula, with the marks of its display and without white space. */
function formula(tex: string, isDisplay: boolean): string {
  const plain = tex
    .replace(/\s+/g, "")
    .replaceAll("\\vert", "|")
    .replace(/\}\\_\\text\w*\{/g, "_");
  return isDisplay ? `⟪${plain}⟫` : `⟨${plain}⟩`;
}

function withFormulas(text: string): string {
  return text.replace(MATH, (_, dollar, dollars, single, square, round, environment) => {
    if (dollar) return "$";
    if (single ?? round) return formula(single ?? round, false);
    return formula(dollars ?? square ?? environment, true);
  });
}

function attribute(attributes: string, name: string): string {
  return decoded(new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "");
}

/** Return the visible text of HTML, in which MathJax finds formulas unless they are elements already. */
export function shown(html: string, hasMathJax = true): string {
  let out = "";
  let code = 0;
  for (const [token, slash, name, attributes = ""] of html.matchAll(TOKEN)) {
    const tag = name?.toLowerCase();
    if (tag === undefined) {
      const text = decoded(token);
      out += hasMathJax && code === 0 ? withFormulas(text) : text;
      continue;
    }
    if (tag === "code") code += slash ? -1 : 1;
    if (tag === "input") out += /\bchecked\b/.test(attributes) ? "[x]" : "[ ]";
    const mark = MARKS[tag];
    if (mark) out += `{${slash}${mark}}`;
    else if (tag === "a") out += slash ? "{/link}" : `{link:${attribute(attributes, "href")}}`;
  }
  return out.replace(/[\s\u200b]+/g, "");
}

/** Return the visible text of a document on the page. */
export function shownOnPage(root: Document): string {
  const name = (kind: string) => `${kind[0]?.toUpperCase()}${kind.slice(1)}`;
  const page = html(root)
    .replace(/<blockquote class="(\w+)">/g, (_, kind) => `<blockquote><strong>${name(kind)}</strong>`)
    .replace(/<img src="([^"]*)" alt="([^"]*)"[^>]*>/g, '<a href="$1">$2</a>')
    .replace(/<math(?: block| display)>([\s\S]*?)<\/math>/g, (_, tex) => formula(tex, true))
    .replace(/<math>([\s\S]*?)<\/math>/g, (_, tex) => formula(tex, false));
  return shown(page, false);
}

const STRIPPED =
  /\{(?:\/?(?:b|i|s|u|code|sub|sup|kbd|mark|quote|item|cell|h[1-6])|\/link|link:[^}]*)\}|[^\p{L}\p{N}]/gu;

/** Return the letters and digits of the visible text, without the addresses of links. */
export function letters(shownText: string): string {
  return shownText.replace(STRIPPED, "");
}

/** Ways of showing streaming Markdown behind one interface, compared by `benchmarks/page.py`. */

import DOMPurify from "dompurify";
import MarkdownIt from "markdown-it";
import { marked } from "marked";
import * as smd from "streaming-markdown";
import { MarkdownText } from "../src/view/markdown/markdown-text.ts";

/** Lines in one box of `plain`. */
const MAX_BOX_LINES = 32;

interface Candidate {
  append(text: string): void;
}

/**
 * The lower bound: plain text, one node for each line, in boxes of a bounded number of lines. It was the
 * cheapest of the ways that were tried (also one text node for each box, and boxes of 8 or 16 lines).
 */
function plain(host: HTMLElement): Candidate {
  let box = host.appendChild(document.createElement("div"));
  let line: Text | undefined;
  return {
    append(text) {
      for (const piece of text.split(/(?<=\n)/)) {
        if (line) line.appendData(piece);
        else {
          if (box.childElementCount === MAX_BOX_LINES) box = host.appendChild(document.createElement("div"));
          const row = document.createElement("div");
          row.className = "nbstream-plain";
          line = row.appendChild(document.createTextNode(piece));
          box.append(row);
        }
        if (piece.endsWith("\n")) line = undefined;
      }
    },
  };
}

function nbstream(host: HTMLElement): Candidate {
  return new MarkdownText(host);
}

/** The way of most pages: render everything again with each piece. */
function naive(host: HTMLElement): Candidate {
  let whole = "";
  return {
    append(text) {
      whole += text;
      host.innerHTML = DOMPurify.sanitize(marked.parse(whole, { async: false, gfm: true }));
    },
  };
}

/** The way of better pages: leave the text before the last blank line outside of a fence alone. */
function tail(host: HTMLElement): Candidate {
  const parser = new MarkdownIt({ linkify: true });
  let open = "";
  let rest = host.appendChild(document.createElement("div"));
  return {
    append(text) {
      open += text;
      const cut = lastBlankLine(open);
      if (cut > 0) {
        rest.innerHTML = parser.render(open.slice(0, cut));
        open = open.slice(cut);
        rest = host.appendChild(document.createElement("div"));
      }
      rest.innerHTML = parser.render(open);
    },
  };
}

function lastBlankLine(text: string): number {
  let fenced = false;
  let cut = 0;
  for (const match of text.matchAll(/^(```.*|\n)/gm)) {
    if (match[0] !== "\n") fenced = !fenced;
    else if (!fenced) cut = match.index + 1;
  }
  return cut;
}

function streaming(host: HTMLElement): Candidate {
  const parser = smd.parser(smd.default_renderer(host));
  return { append: (text) => smd.parser_write(parser, text) };
}

export const CANDIDATES: Readonly<Record<string, (host: HTMLElement) => Candidate>> = {
  plain,
  nbstream,
  naive,
  tail,
  streaming,
};

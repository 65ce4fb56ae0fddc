/** Ways of showing Markdown that streams, all with one face: what `benchmarks/page.py` compares. */

import DOMPurify from "dompurify";
import MarkdownIt from "markdown-it";
import { marked } from "marked";
import * as smd from "streaming-markdown";
import { MarkdownText } from "../src/view/markdown/markdown-text.ts";

/** Lines in a box of the floor. */
const LINES = 32;

interface Candidate {
  append(text: string): void;
}

/**
 * The floor: the text as it is, a node a line, in boxes of a bounded number of lines. Of what was tried (one
 * text node a box, boxes of 8 or 16 lines) this is the cheapest way to show it piece by piece.
 */
function plain(host: HTMLElement): Candidate {
  let box = host.appendChild(document.createElement("div"));
  let line: Text | undefined;
  return {
    append(text) {
      for (const piece of text.split(/(?<=\n)/)) {
        if (line) line.appendData(piece);
        else {
          if (box.childElementCount === LINES) box = host.appendChild(document.createElement("div"));
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

/** What most pages do: everything again with each piece. */
function naive(host: HTMLElement): Candidate {
  let whole = "";
  return {
    append(text) {
      whole += text;
      host.innerHTML = DOMPurify.sanitize(marked.parse(whole, { async: false, gfm: true }));
    },
  };
}

/** What better pages do: what stands before the last blank line outside of a fence is left alone. */
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

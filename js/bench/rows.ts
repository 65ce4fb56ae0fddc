/** The kinds of Markdown in `core/markdown/README.md` on one page; `rows.mjs` takes its picture. */

import rows from "../../tests/fixtures/markdown_rows.json" with { type: "json" };
import highlighter from "../src/lazy/highlight/code.ts";
import renderFormula from "../src/lazy/math.ts";
import { DETACHED } from "../src/view/markdown/context.ts";
import { MarkdownText } from "../src/view/markdown/markdown-text.ts";
import { showTerminalText } from "../src/view/tool-call/terminal-text.ts";

/** Kinds whose look matters more than their text. */
const MORE: readonly (readonly [kind: string, text: string])[] = [
  [
    "languages of code",
    "```makefile\nall: $(OBJ)\n\tcc -o $@ $^\n```\n\n```elixir\ndef f(x), do: x |> g()\n```",
  ],
  [
    "languages of code",
    "```clojure\n(defn f [x] (+ x 1))\n```\n\n```graphql\nquery { user(id: 1) { name } }\n```",
  ],
  ["text as text", `A word of 10,000 characters: ${"x".repeat(10_000)}, and \`${"y".repeat(200)}\`.`],
];

const TERMINAL =
  "\x1b[31mFAILED\x1b[0m a.py\n\x1b[1;32mpassed\x1b[0m 3 \x1b[44;97m done \x1b[0m\n10 %\r100 %";

const ASSETS = { highlighter, math: async () => renderFormula };

export function show(): void {
  const page = document.body.appendChild(document.createElement("div"));
  page.className = "nbstream";
  let last = "";
  const box = (kind: string) => {
    if (kind !== last) page.appendChild(document.createElement("h6")).textContent = kind;
    last = kind;
    const host = page.appendChild(document.createElement("div"));
    host.className = "nbstream-turn";
    const text = host.appendChild(document.createElement("div"));
    text.className = "nbstream-text";
    return text;
  };
  for (const [kind, row] of [...rows.map(({ kind, text }) => [kind, text] as const), ...MORE]) {
    const text = new MarkdownText(box(kind), { ...DETACHED, assets: ASSETS as never });
    text.append(row);
    text.end();
  }
  const terminal = box("terminal colours").appendChild(document.createElement("pre"));
  terminal.className = "nbstream-pane";
  showTerminalText(terminal, TERMINAL);
}

import { afterEach, beforeEach, expect, test } from "vitest";
import { MarkdownText } from "../../../src/view/markdown/markdown-text.ts";
import { CORPORA } from "../../core/markdown/corpora.ts";
import { seeded } from "../../core/random.ts";
import "../../../src/entry/widget.css";

let roots: HTMLElement[] = [];

beforeEach(() => {
  roots = [];
});

afterEach(() => {
  for (const root of roots) root.remove();
});

function createRoot(): HTMLElement {
  const root = document.createElement("div");
  root.className = "nbstream";
  root.style.width = "700px";
  document.body.append(root);
  roots.push(root);
  return root;
}

/** Cut a text at random, also between the halves of a surrogate pair. */
function pieces(text: string, seed: number, most: number): string[] {
  const random = seeded(seed);
  const cut: string[] = [];
  for (let at = 0; at < text.length; ) {
    const size = 1 + Math.floor(random() * most);
    cut.push(text.slice(at, at + size));
    at += size;
  }
  return cut;
}

function render(parts: readonly string[], each: (root: HTMLElement) => void = () => {}): HTMLElement {
  const root = createRoot();
  const text = new MarkdownText(root);
  for (const part of parts) {
    text.append(part);
    each(root);
  }
  text.end();
  return root;
}

/** Return the HTML of the page with the random view name in ids replaced. */
function html(root: HTMLElement): string {
  return root.innerHTML.replace(/nbstream-[0-9a-z]{8}-/g, "nbstream-view-");
}

test.each(Object.entries(CORPORA))(
  "an answer of %s that comes in pieces is on the page as if it came at once",
  { timeout: 60_000 },
  (_, corpus) => {
    const text = corpus(6_000);
    const whole = html(render([text]));
    expect(whole.length).toBeGreaterThan(6_000);
    for (let seed = 0; seed < 3; seed++) {
      expect(html(render(pieces(text, seed, [5, 60, 700][seed] ?? 1)))).toBe(whole);
    }
  },
);

test.each(Object.entries(CORPORA))(
  "an answer of %s that is prepared in part is on the page as if it came at once, and is seen only when it is shown",
  { timeout: 60_000 },
  (_, corpus) => {
    const text = corpus(6_000);
    const whole = html(render([text]));
    for (let seed = 0; seed < 3; seed++) {
      const random = seeded(seed);
      const root = createRoot();
      const shown = new MarkdownText(root);
      const changes = new MutationObserver(() => {});
      changes.observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
      for (const piece of pieces(text, seed, [90, 300, 1_000][seed] ?? 1)) {
        if (random() < 0.3) shown.append(piece);
        else {
          changes.takeRecords();
          shown.prepare(piece);
          expect(changes.takeRecords()).toEqual([]);
        }
        if (random() < 0.1) shown.show();
      }
      shown.end();
      expect(html(root)).toBe(whole);
    }
  },
);

test("text counts as held back if it belongs to a block on the page, until it is shown", () => {
  const text = new MarkdownText(createRoot());
  text.append("A paragraph");
  text.prepare(" that grows");
  expect(text.heldChars).toBe(11);
  text.prepare(".\n\nAnother");
  text.prepare(" one.");
  expect(text.heldChars).toBe(11);
  text.show();
  expect(text.heldChars).toBe(0);
});

test("the rows of a table with several pieces are made on the page, where its columns are measured", () => {
  const root = createRoot();
  const text = new MarkdownText(root);
  text.append("Numbers:\n\n");
  text.prepare(`| n |\n|---|\n${"| 1 |\n".repeat(16)}`);
  expect(text.heldChars).toBe(0);
  text.prepare("| 2 |\n".repeat(16));
  expect(text.heldChars).toBe(96);
  expect(root.querySelector("table")).toBeNull();
  text.show();
  expect(root.querySelectorAll("table.nbstream-fixed")).toHaveLength(2);
});

test.each(Object.entries(CORPORA))(
  "the settled part of an answer of %s keeps its nodes until the end",
  { timeout: 60_000 },
  (_, corpus) => {
    const text = corpus(8_000);
    let settled: Element[] = [];
    const leaves = (root: HTMLElement) => [...root.querySelectorAll("p, li, tr, .nbstream-chunk, h2, h3")];
    const root = render(pieces(text, 1, 400), (now) => {
      // Content well before the end was settled long ago.
      const all = leaves(now);
      settled = [...settled, ...all.slice(settled.length, Math.max(settled.length, all.length - 6))];
    });
    const end = new Set(leaves(root));
    expect(settled.length).toBeGreaterThan(3);
    expect(settled.filter((node) => !end.has(node))).toEqual([]);
  },
);

test("a selection in a finished paragraph survives all that comes after", () => {
  const text = "# Title\n\nA finished *paragraph* of text.\n\n";
  const parts = [
    text,
    "more\n\n",
    ...pieces("- [x] list\n  1. of\n\n|a|\n|-|\n|b|\n\n```py\nx = 1\n```\n\nend", 1, 3),
  ];
  let selected = false;
  render(parts, (root) => {
    if (!selected) getSelection()?.selectAllChildren(root.querySelector("p") as Element);
    selected = true;
    expect(getSelection()?.toString()).toBe("A finished paragraph of text.");
  });
});

test("plain text of every script is exact however it is cut", () => {
  const words = [
    "日本語",
    "👩‍👩‍👧‍👦",
    "e\u0301",
    "नमस्ते",
    "עברית",
    "العربية",
    "👍🏽",
    "ｆｕｌｌ",
    "𝒳",
    "naïve",
    "🇩🇪",
    "\u200fmark",
  ];
  for (let seed = 0; seed < 100; seed++) {
    const random = seeded(seed);
    const line = () => Array.from({ length: 9 }, () => words[Math.floor(random() * words.length)]).join(" ");
    const lines = Array.from({ length: 4 }, line);
    const root = render(pieces(lines.join("\n\n"), seed, 4));
    expect([...root.querySelectorAll("p")].map((p) => p.textContent)).toEqual(lines);
  }
});

test("a definition at the end turns earlier text into links", () => {
  const text = `A [link][a].\n\n|[a]|\n|-|\n|b|\n\n${"Text.\n\n".repeat(40)}[a]: https://example.org/\n`;
  const root = render(pieces(text, 1, 9));
  expect([...root.querySelectorAll("a[href]")].map((a) => a.textContent)).toEqual([
    "link (→ example.org)",
    "a (→ example.org)",
  ]);
});

test("footnotes show at the end, in order", () => {
  const root = render(
    pieces("One[^a] two[^b].\n\n[^b]: Second.\n\nMore.\n\n[^a]: First,\n    *with* more.\n", 1, 4),
  );
  const notes = [...root.querySelectorAll(".nbstream-notes .nbstream-note-text")].map(
    (note) => note.textContent,
  );
  expect(notes).toEqual(["First,\nwith more.", "Second."]);
  expect([...root.querySelectorAll("sup a")].map((a) => a.textContent)).toEqual(["1", "2"]);
});

test("character references work in a text, an address, a title and a fence, and unknown ones stay as text", () => {
  const text =
    "&auml; &ngE; &lt;b&gt; &<script>; &amp &nothing; [a](b?&auml; '&quot;')\n\n```&auml;\nx\n```\n";
  const root = render([text]);
  expect(root.querySelector("p")?.textContent).toBe("ä ≧̸ <b> &<script>; &amp &nothing; a");
  expect(root.querySelector("[title]")?.getAttribute("title")).toContain('"');
  expect(root.querySelector(".nbstream-code-language")?.textContent).toBe("ä");
});

import MarkdownIt from "markdown-it";
import { Marked } from "marked";
import { expect, test } from "vitest";
import cases from "../../../../tests/fixtures/safe_markdown.json" with { type: "json" };
import { makeSafe } from "../../../src/core/saved/safe-markdown.ts";
import { cutMath, putMathBack } from "../lab-math.ts";
import { seeded } from "../random.ts";

test.each(cases)("both languages write the same: $name", ({ text, safe: expected }) => {
  expect(makeSafe(text)).toBe(expected);
});

const HARMLESS = new Set(
  (
    "a blockquote br code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr input li ol p pre s span strong " +
    "table tbody td th thead tr ul"
  ).split(" "),
);
const ATTRIBUTES = new Set("href class id start style title align type disabled checked".split(" "));

/** Find the parts of some HTML that are active. */
function activeParts(html: string): string[] {
  const bad: string[] = [];
  for (const [whole, tag, rest] of html.matchAll(
    /<([a-zA-Z][^\s/>]*)((?:[^>"']|"[^"]*"|'[^']*')*)>|<[!?]/g,
  )) {
    if (tag === undefined || !HARMLESS.has(tag.toLowerCase())) bad.push(whole);
    for (const [, name = "", value = ""] of (rest ?? "").matchAll(
      /([^\s"'>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'=<>`]+))?/g,
    )) {
      if (!ATTRIBUTES.has(name.toLowerCase())) bad.push(whole);
      if (name === "href" && !/^["'](https?:|mailto:|#|ftp:)/i.test(value)) bad.push(whole);
    }
  }
  return bad;
}

const marked = new Marked({ gfm: true });
const markdownIt = new MarkdownIt({ html: true, linkify: true });

const RENDERERS: Record<string, (text: string) => string> = {
  "JupyterLab's marked": (markdown) => {
    const { text, math } = cutMath(markdown);
    return putMathBack(marked.parse(text) as string, math);
  },
  "markdown-it with HTML": (text) => markdownIt.render(text),
};

const PIECES = [
  ...cases.slice(0, 21).flatMap(({ text }) => text.split(/(?<=[\n `$[\](])/)),
  ...[
    "<img src=x onerror=a()>",
    "<script>",
    '" onclick="a()',
    "$",
    "$$",
    "\n",
    "\n\n",
    "```",
    "~~~",
    "`",
    "> ",
  ],
  ...[
    "- ",
    "1. ",
    "   ",
    "    ",
    "\n```\n",
    "https://x.y/",
    "[a](",
    "]: ",
    "\\",
    "@@0@@",
    "@\\@0@@",
    "&#64;",
  ],
  ...[
    "**。**中",
    "中**（",
    "）**文",
    "看https://a/b。",
    "<https://a/b>。",
    "3~5",
    "|`a|",
    "|b`|\n|-|\n",
    "|$a|",
    "- > 2",
  ],
  // Markers of constructs that other renderers have: tests/core/saved/markdown_targets.md lists them.
  ...[
    "\n: ",
    "m\n\n: ",
    "\n~ ",
    "\n::: {onclick=x}\n",
    "{raw}`",
    "`{=html}",
    "{{",
    "[a]{onclick=x}",
    "\n--- ---\n",
  ],
  ...[
    "\n---\na: b\n",
    "\n#. ",
    "\n(1) ",
    "\n[^1]: a b\n\n    ",
    "^[",
    "\n% ",
    "^&lt;b>^",
    "~[a]&#40;javascript:x)~",
  ],
  ...[
    "\\a{b",
    "\\a[",
    "$\\href {javascript:x}{a}$",
    "\\hr&#101;f",
    "\\def\\a{b}",
    "\\bbox[a:b]{a}",
    "$x_{a=b}$",
  ],
];

test.each(Object.entries(RENDERERS))("safe Markdown is inactive in %s", { timeout: 20_000 }, (_, render) => {
  for (let seed = 0; seed < 3_000; seed++) {
    const random = seeded(seed);
    const length = 2 + Math.floor(random() * 30);
    const text = Array.from({ length }, () => PIECES[Math.floor(random() * PIECES.length)]).join("");
    const safe = makeSafe(text);
    let html = "";
    try {
      html = render(safe);
    } catch (error) {
      // marked throws on some quotes in lists; then nothing is rendered.
      if (!String(error).includes("reading 'raw'")) throw error;
    }
    expect(activeParts(html), `${seed}: ${safe}`).toEqual([]);
  }
});

const repeated = (unit: string) => (size: number) => unit.repeat(size / unit.length);
const TEXTS: Record<string, (size: number) => string> = {
  ...Object.fromEntries(
    [
      ...[
        "\\",
        "<",
        "[",
        "](",
        "\\[",
        "\\begin{a}",
        "$",
        '"',
        "`",
        "a`",
        "> ",
        "- ",
        "\n[",
        "@&",
        "``` ",
        "`` ` ",
      ],
      ...[
        "$a$ ",
        "$\\href{x}$ ",
        "\\a{",
        "\\a[",
        "{",
        "[a]{b=",
        "^&#60;^",
        "https://",
        "\n: a",
        "\n---",
        "```\n",
      ],
    ].map((unit) => [JSON.stringify(unit), repeated(unit)]),
  ),
  "backticks before text": (size) => `${"`".repeat(size)}a\``,
  "a deep quote": (size) => `${">".repeat(size / 2)}\`\`\`\n${"> x\n".repeat(size / 8)}`,
  "code in a deep list": (size) =>
    `${"- ".repeat(size / 8)}a\n${" ".repeat(size / 4)}\`\`\`\n${"x\n".repeat(size / 4)}`,
};

/** The processor's time of this process in milliseconds: other work on the machine does not count. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

declare const process: { cpuUsage(): { user: number; system: number } };

test.each(Object.entries(TEXTS))("time and size grow with the text: %s", { timeout: 30_000 }, (_, make) => {
  const times = [10_000, 40_000, 160_000].map((size) => {
    const text = make(size);
    const runs = Array.from({ length: size < 100_000 ? 3 : 2 }, () => {
      const began = cpuMs();
      expect(makeSafe(text).length).toBeLessThan(12 * size);
      return cpuMs() - began;
    });
    return Math.min(...runs);
  }) as [number, number, number];
  // The text is 16 times as long in the end. Work of exponent two would take 256 times as long.
  expect(times[2]).toBeLessThan(100 * times[0] + 150);
});

import { expect, test } from "vitest";
import hostile from "../../../../tests/fixtures/hostile_markdown.json" with { type: "json" };
import cases from "../../../../tests/fixtures/safe_markdown.json" with { type: "json" };
import { makeSafe } from "../../../src/core/saved/safe-markdown.ts";
import { seeded } from "../random.ts";
import { RENDERERS } from "../renderers.ts";

test.each(cases)("both languages write the same: $name", ({ text, safe: expected }) => {
  expect(makeSafe(text)).toBe(expected);
});

const HARMLESS = new Set(hostile.elements);
const ATTRIBUTES = new Set(hostile.attributes);

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

/** Pieces of ordinary answers and of hostile ones. */
const PIECES = [
  ...cases.slice(0, 21).flatMap(({ text }) => text.split(/(?<=[\n `$[\](])/)),
  ...Object.values(hostile.pieces).flat(),
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

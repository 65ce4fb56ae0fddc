/** Five kinds of answer, deterministic and of any length, for the parser's tests and benchmarks. */

import { seeded } from "../random.ts";

type Random = () => number;

const WORDS = (
  "the of a model gradient stream notebook kernel cell value table index matrix frame token answer system " +
  "because therefore however which under between computes returns converges ordinary naïve café Größe 数据 流 " +
  "日本語 😀 👩‍👩‍👧 العربية data_frame snake_case x y O(n) don't e.g. 3.14 42 100% C++ and/or `code`"
).split(" ");

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

function words(random: Random, least: number, most: number): string {
  const count = least + Math.floor(random() * (most - least + 1));
  return Array.from({ length: count }, () => pick(random, WORDS)).join(" ");
}

const SPANS: readonly ((random: Random) => string)[] = [
  (r) => `**${words(r, 1, 3)}**`,
  (r) => `*${words(r, 1, 3)}*`,
  (r) => `***${words(r, 1, 2)}***`,
  (r) => `\`${pick(r, ["df.head()", "x = y[i]", "a*b", "<div>", "$HOME"])}\``,
  (r) => `[${words(r, 1, 3)}](https://example.org/${Math.floor(r() * 999)} "${words(r, 1, 2)}")`,
  (r) => `~~${words(r, 1, 2)}~~`,
  (r) => `[${words(r, 1, 2)}][ref${Math.floor(r() * 9)}]`,
  () => "https://example.com/path?q=1",
  () => "&amp; &rarr; &#x1F600;",
  () => "costs $5 to $10",
  () => "<span>literal</span> and a < b",
];

const INLINE_SPANS: readonly ((random: Random) => string)[] = [
  ...SPANS,
  () => "$\\alpha_i + \\beta^2 = \\frac{1}{2}$",
  () => "\\(x^2 + y^2\\)",
  (r) => `**bold with *nested ${words(r, 1, 2)}* and \`code\`**`,
  () => "arr[i] = 2 * 3 * 4 and a ** b",
  (r) => `![${words(r, 1, 2)}](https://example.net/a.png)`,
  () => "a note[^1] and [^two]",
  () => "\\*not emphasis\\* and x_1, y_2",
];

function sentence(random: Random, spans: typeof SPANS, density: number): string {
  const parts: string[] = [];
  for (let n = 3 + Math.floor(random() * 4); n > 0; n--) {
    parts.push(words(random, 2, 7));
    if (random() < density) parts.push(pick(random, spans)(random));
  }
  return `${parts.join(" ")}.`;
}

function paragraph(random: Random, spans = SPANS, density = 0.3): string {
  const lines = Array.from({ length: 1 + Math.floor(random() * 3) }, () => sentence(random, spans, density));
  return `${lines.join(random() < 0.3 ? "\n" : " ")}\n\n`;
}

function codeLines(random: Random, count: number): string {
  const lines: string[] = [];
  for (let n = 0; n < count; n++) {
    const indent = "    ".repeat(Math.floor(random() * 3));
    lines.push(
      random() < 0.1
        ? ""
        : `${indent}${pick(random, ["x", "rows", "total"])} = f(${words(random, 1, 4)})  # ${n}`,
    );
  }
  return `${lines.join("\n")}\n`;
}

function item(random: Random, number: number): string {
  const mark = number % 7 === 3 ? "- [x] " : "- ";
  const text = `${mark}${sentence(random, SPANS, 0.3)}\n`;
  if (random() < 0.15) return `${text}  - ${words(random, 2, 6)}\n  - ${words(random, 2, 6)}\n`;
  return text;
}

function row(random: Random, number: number): string {
  const cell = random() < 0.3 ? pick(random, SPANS)(random).replaceAll("|", "") : words(random, 1, 3);
  return `| ${number} | ${cell} | ${words(random, 1, 4)} | ${(random() * 100).toFixed(2)} |\n`;
}

const MIXED: readonly ((random: Random) => string)[] = [
  paragraph,
  paragraph,
  paragraph,
  (r) => `${"#".repeat(1 + Math.floor(r() * 4))} ${words(r, 2, 5)}\n\n`,
  (r) => `\`\`\`python\n${codeLines(r, 3 + Math.floor(r() * 12))}\`\`\`\n\n`,
  (r) => `${Array.from({ length: 3 + Math.floor(r() * 5) }, (_, n) => item(r, n)).join("")}\n`,
  (r) =>
    `${Array.from({ length: 3 }, (_, n) => `${n + 1}. ${sentence(r, SPANS, 0.3)}\n\n   ${words(r, 3, 9)}\n`).join("\n")}\n`,
  (r) => `> ${sentence(r, SPANS, 0.3)}\n> ${sentence(r, SPANS, 0.3)}\n>\n> - ${words(r, 3, 6)}\n\n`,
  (r) =>
    `| n | name | text | value |\n|--:|:-----|:----:|---|\n${Array.from({ length: 4 }, (_, n) => row(r, n)).join("")}\n`,
  () => "$$\n\\sum_{i=1}^n i = \\frac{n(n+1)}{2}\n$$\n\n",
  () => "---\n\n",
  (r) => `${words(r, 2, 4)}\n====\n\n`,
];

const DEFINITIONS = `\n${Array.from({ length: 9 }, (_, n) => `[ref${n}]: https://example.org/r${n} "Title ${n}"`).join("\n")}\n\n[^1]: The first note.\n[^two]: The second,\n    with two lines.\n`;

function filled(random: Random, size: number, piece: (random: Random, number: number) => string): string {
  const parts: string[] = [];
  for (let length = 0; length < size; length += parts.at(-1)?.length ?? 0)
    parts.push(piece(random, parts.length));
  return parts.join("");
}

/** Each kind by its name, with about `size` characters. */
export const CORPORA: Readonly<Record<string, (size: number, seed?: number) => string>> = {
  mixed: (size, seed = 1) => filled(seeded(seed), size, (r) => pick(r, MIXED)(r)) + DEFINITIONS,
  code: (size, seed = 2) =>
    `Here it is:\n\n\`\`\`python\n${filled(seeded(seed), size, (r) => codeLines(r, 1))}`,
  list: (size, seed = 3) => filled(seeded(seed), size, item),
  table: (size, seed = 4) =>
    `| n | name | text | value |\n|--:|:-----|:----:|---|\n${filled(seeded(seed), size, row)}`,
  inline: (size, seed = 5) =>
    filled(seeded(seed), size, (r) => paragraph(r, INLINE_SPANS, 0.9)) + DEFINITIONS,
};

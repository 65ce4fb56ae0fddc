import { describe, expect, test } from "vitest";
import highlighter, { MAX_LINE_CHARS } from "../../../src/lazy/highlight/code.ts";
import { modeOf, NAMES } from "../../../src/lazy/highlight/languages.ts";
import { ALL_STYLES } from "../../../src/lazy/highlight/styles.ts";
import type { LineHighlighter, Token } from "../../../src/view/markdown/assets.ts";
import { seeded } from "../../core/random.ts";
import { SAMPLES } from "./samples.ts";

function made(language: string): LineHighlighter {
  const lines = highlighter(language);
  if (!lines) throw new Error(`no highlighter for ${language}`);
  return lines;
}

function styled(tokens: readonly Token[], style: string): string[] {
  return tokens.filter((token) => token.style === style).map((token) => token.text);
}

/** Random text, made of pieces of all samples and of characters that confuse parsers. */
function junk(random: () => number, lines: number): string[] {
  const pieces = Object.values(SAMPLES).flatMap((sample) => sample.split(/\b/));
  const odd = [
    "'",
    '"',
    "`",
    "\\",
    "/*",
    "*/",
    "<<E",
    "{{",
    "}}",
    "((",
    "\t",
    "$",
    "😀",
    "\ud800",
    "é",
    "\0",
    "<",
    "'''",
    '"""',
    "#=",
    "%",
    "",
  ];
  const pick = () => {
    const from = random() < 0.4 ? odd : pieces;
    return from[Math.floor(random() * from.length)] ?? "";
  };
  return Array.from({ length: lines }, () =>
    Array.from({ length: Math.floor(random() * 24) }, pick)
      .join("")
      .replaceAll("\n", ""),
  );
}

/** One name for each mode. */
const LANGUAGES = [...new Map(NAMES.map((name) => [modeOf(name), name])).values()];

/** These modes give an unexpected character the kind of the token before, even of another highlighter's. */
const UNSURE = new Set(["javascript", "typescript", "json", "groovy"].map((name) => modeOf(name)));

describe.each(Object.entries(SAMPLES))("%s", (language, sample) => {
  const lines = sample.split("\n");

  test("the tokens make up each line, and some have a colour", () => {
    const all = lines.map((line, at) => ({ line, tokens: read.at(at) ?? [] }));
    for (const { line, tokens } of all) expect(tokens.map((token) => token.text).join("")).toBe(line);
    const styles = new Set(all.flatMap(({ tokens }) => tokens.map((token) => token.style)));
    styles.delete("");
    expect([...styles].filter((style) => !ALL_STYLES.has(style))).toEqual([]);
    expect(styles.size).toBeGreaterThan(["diff", "json", "dockerfile"].includes(language) ? 1 : 2);
  });

  test("neighbouring tokens differ in style, and no token is empty", () => {
    for (const tokens of read) {
      for (const [at, token] of tokens.entries()) {
        expect(token.text).not.toBe("");
        expect(token.style).not.toBe(tokens[at - 1]?.style);
      }
    }
  });

  test("a copy at any line is independent of its original", () => {
    const straight = made(language);
    for (const [at, line] of lines.entries()) {
      const copy = straight.copy();
      // Lines that one of the two reads must not change the other.
      for (const other of [...lines.slice(at), ..."'\"`([{<\\/*".split("")]) copy.tokenize(other);
      const twin = straight.copy();
      const tokens = straight.tokenize(line);
      expect(tokens).toEqual(read[at]);
      expect(twin.tokenize(line)).toEqual(tokens);
    }
  });

  const whole = made(language);
  const read = lines.map((line) => whole.tokenize(line));
});

test.each(LANGUAGES)("%s: random text comes back unchanged, in time, and the same each time", (language) => {
  const random = seeded(LANGUAGES.indexOf(language) + 1);
  const lines = junk(random, 150);
  const [first, second] = [made(language), made(language)];
  for (const line of lines) {
    const before = first.copy();
    const tokens = first.tokenize(line);
    expect(tokens.map((token) => token.text).join("")).toBe(line);
    if (UNSURE.has(modeOf(language))) continue;
    expect(second.tokenize(line)).toEqual(tokens);
    expect(before.tokenize(line)).toEqual(tokens);
  }
});

test.each(LANGUAGES)("%s: no expression backtracks on any line", (language) => {
  const units = [
    "(",
    "[{",
    "a ",
    "a.b",
    '"',
    "'\\",
    "<a ",
    "/*",
    "$",
    "\\",
    "=-",
    "0x",
    "{{",
    "#",
    "\t",
    " ",
    "a: ",
    "- ",
    "`${",
    "f'{",
  ];
  for (const unit of units) {
    const line = unit.repeat(MAX_LINE_CHARS).slice(0, MAX_LINE_CHARS);
    const lines = made(language);
    const from = performance.now();
    lines.tokenize(line);
    // These lines take milliseconds; an expression that backtracks takes minutes.
    expect(performance.now() - from, `${unit} of ${language}`).toBeLessThan(1_500);
  }
});

test("a line over the limit is plain, and does not change the next line", () => {
  const lines = made("python");
  lines.tokenize('"""doc');
  const line = 'x = 1 """'.repeat(MAX_LINE_CHARS);
  expect(lines.tokenize(line)).toEqual([{ text: line, style: "" }]);
  expect(lines.tokenize("still doc")).toEqual([{ text: "still doc", style: "string" }]);
});

test("deep nesting over many lines costs no more at its end than at its beginning", () => {
  for (const language of ["javascript", "python", "css", "julia", "rust", "html", "latex", "yaml"]) {
    const lines = made(language);
    const time = (count: number) => {
      const from = performance.now();
      for (let at = 0; at < count; at++) {
        lines.tokenize("  ({[<a> x{ f(");
        lines.copy();
      }
      return performance.now() - from;
    };
    time(500);
    expect(time(500), language).toBeLessThan(2_000);
  }
});

test("the kind of a token shows in its style", () => {
  const python = made("python").tokenize('def f(x): return "a", 1.5, None  # c');
  expect(styled(python, "keyword")).toEqual(["def", "return", "None"]);
  expect(styled(python, "def")).toEqual(["f"]);
  expect(styled(python, "string")).toEqual(['"a"']);
  expect(styled(python, "number")).toEqual(["1.5"]);
  expect(styled(python, "comment")).toEqual(["# c"]);
  expect(styled(made("diff").tokenize("+new"), "inserted")).toEqual(["+new"]);
  expect(styled(made("diff").tokenize("-old"), "deleted")).toEqual(["-old"]);
  expect(styled(made("sql").tokenize("select name from t"), "keyword")).toEqual(["select", "from"]);
  const tag = made("html").tokenize('<a href="x">');
  expect(styled(tag, "attribute")).toEqual(["href"]);
  expect(styled(tag, "tag").join("")).toContain("a");
});

test("an unknown language has no highlighter", () => {
  for (const name of ["", "klingon", "text", "constructor", "__proto__"])
    expect(highlighter(name)).toBe(undefined);
});

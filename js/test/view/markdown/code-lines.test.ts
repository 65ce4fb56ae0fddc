import { expect, test } from "vitest";
import type { LineHighlighter, Token } from "../../../src/view/markdown/assets.ts";
import { CodeLines } from "../../../src/view/markdown/code-lines.ts";
import { DETACHED, type RenderContext } from "../../../src/view/markdown/context.ts";
import { Footnotes } from "../../../src/view/markdown/footnotes.ts";
import { seeded } from "../../core/random.ts";

/** Colours words, and all lines between two lines of `"""`, which needs a state from line to line. */
class Quotes implements LineHighlighter {
  inside: boolean;
  constructor(inside = false) {
    this.inside = inside;
  }
  tokenize(text: string): Token[] {
    if (text === '"""') this.inside = !this.inside;
    if (text.length > 5_000) return [{ text, style: "" }];
    if (this.inside) return [{ text, style: "string" }];
    return text.split(/(\w+)/).map((part) => ({ text: part, style: /\w/.test(part) ? "keyword" : "" }));
  }
  copy(): Quotes {
    return new Quotes(this.inside);
  }
}

function renderLines(highlighter: () => Promise<LineHighlighter | undefined> = async () => new Quotes()) {
  const host = document.createElement("code");
  const assets = { ...DETACHED.assets, highlighter };
  const context: RenderContext = {
    ...DETACHED,
    assets,
    footnotes: new Footnotes("v"),
    renderFormula: undefined,
    rebuilders: new WeakMap(),
  };
  return { host, lines: new CodeLines(host, context) };
}

const nextTask = () => new Promise((resolve) => setTimeout(resolve));

const SOURCE = Array.from({ length: 300 }, (_, i) => (i % 7 === 3 ? '"""' : `word${i} (x, "${i}")`));

test("the lines stand in chunks of thirty-two, exactly", () => {
  const { host, lines: codeLines } = renderLines();
  codeLines.sync(SOURCE.slice(0, 70), 69);
  expect(host.querySelectorAll(".nbstream-chunk").length).toBe(3);
  expect(host.textContent).toBe(`${SOURCE.slice(0, 70).join("\n")}\n`);
});

test("lines that come in any pieces are coloured like lines that come at once", async () => {
  const whole = renderLines();
  whole.lines.setLanguage("python");
  await nextTask();
  for (let at = 0; at <= SOURCE.length; at++) whole.lines.sync(SOURCE.slice(0, at), at);
  for (let seed = 0; seed < 20; seed++) {
    const random = seeded(seed);
    let arrive: (highlighter: LineHighlighter) => void = () => {};
    const { host, lines: codeLines } = renderLines(() => new Promise((resolve) => (arrive = resolve)));
    codeLines.setLanguage("python");
    let at = 0;
    let steps = 0;
    while (at < SOURCE.length) {
      at = Math.min(SOURCE.length, at + Math.floor(random() * (random() < 0.2 ? 150 : 4)));
      const tail = Math.min(SOURCE.length, at + (random() < 0.5 ? 1 : 0));
      codeLines.sync(SOURCE.slice(0, tail), at);
      expect(host.textContent).toBe(tail ? `${SOURCE.slice(0, tail).join("\n")}\n` : "");
      if (steps++ === seed) arrive(new Quotes());
      if (random() < 0.3) await nextTask();
    }
    arrive(new Quotes());
    codeLines.sync(SOURCE, SOURCE.length);
    await expect.poll(() => host.innerHTML === whole.host.innerHTML).toBe(true);
  }
});

test("the unfinished line is coloured with a copy of the state", async () => {
  const { host, lines: codeLines } = renderLines();
  codeLines.setLanguage("python");
  await nextTask();
  codeLines.sync(["a", '"""'], 1);
  codeLines.sync(["a", "b"], 1);
  codeLines.sync(["a", "b", "c"], 3);
  expect(host.querySelectorAll(".nbstream-hl-keyword").length).toBe(3);
});

test("settled lines are the same nodes when more come", async () => {
  const { host, lines: codeLines } = renderLines();
  codeLines.setLanguage("python");
  await nextTask();
  codeLines.sync(SOURCE.slice(0, 40), 39);
  const nodes = [...host.querySelectorAll(".nbstream-chunk > span[class]")];
  for (let at = 41; at < 60; at++) codeLines.sync(SOURCE.slice(0, at), at - 1);
  expect([...host.querySelectorAll(".nbstream-chunk > span[class]")].slice(0, nodes.length)).toEqual(nodes);
});

test("a line that the highlighter leaves plain because of its length does not end the colours", async () => {
  const { host, lines: codeLines } = renderLines();
  codeLines.setLanguage("python");
  await nextTask();
  const long = ["if", "if ".repeat(3_000), "if"];
  for (let at = 1; at <= 3; at++) {
    codeLines.sync(long.slice(0, at), at - 1);
    codeLines.sync(long.slice(0, at), at);
  }
  expect(host.querySelectorAll(".nbstream-hl-keyword").length).toBe(2);
  expect(host.textContent).toBe(`${long.join("\n")}\n`);
});

test("a selection stays when colours come", async () => {
  const { host, lines: codeLines } = renderLines();
  document.body.append(host);
  codeLines.sync(SOURCE.slice(0, 50), 50);
  const [first, last] = host.querySelectorAll(".nbstream-chunk");
  getSelection()?.setBaseAndExtent(first?.firstChild as Node, 5, last as Node, 0);
  const before = getSelection()?.toString();
  codeLines.setLanguage("python");
  await expect.poll(() => host.querySelector(".nbstream-hl-keyword")).not.toBeNull();
  expect(before?.length).toBeGreaterThan(100);
  expect(getSelection()?.toString()).toBe(before);
  host.remove();
});

test("a language without a highlighter is requested once and stays plain", async () => {
  let asked = 0;
  const { host, lines: codeLines } = renderLines(async () => {
    asked += 1;
    return undefined;
  });
  codeLines.setLanguage("klingon");
  codeLines.sync(["a"], 1);
  codeLines.setLanguage("klingon");
  await nextTask();
  expect(asked).toBe(1);
  expect(host.innerHTML).toBe('<span class="nbstream-chunks"><span class="nbstream-chunk">a\n</span></span>');
});

test("a long line has a chunk of its own, and keeps its nodes when it ends and when colours come", async () => {
  let arrive: (highlighter: LineHighlighter) => void = () => {};
  const { host, lines: codeLines } = renderLines(() => new Promise((resolve) => (arrive = resolve)));
  const long = "a\u202e ".repeat(800);
  const marks = () => [...host.querySelectorAll(".nbstream-unseen")];
  codeLines.setLanguage("python");
  for (let at = 0; at < long.length; at += 60) codeLines.sync(["if", long.slice(0, at)], 1);
  const before = marks().slice(0, 700);
  codeLines.sync(["if", long, "if"], 2);
  codeLines.sync(["if", long, "if", "if"], 4);
  arrive(new Quotes());
  await expect.poll(() => host.querySelectorAll(".nbstream-hl-keyword").length).toBe(3);
  expect(marks().slice(0, 700)).toEqual(before);
  expect(host.querySelectorAll(".nbstream-chunk").length).toBe(3);
  expect(host.textContent).toBe(`if\n${long}\nif\nif\n`);
});

test("a chunk of long lines is full before it has thirty-two lines", () => {
  const { host, lines: codeLines } = renderLines();
  const all = Array.from({ length: 10 }, () => "x".repeat(1_500));
  codeLines.sync(all, 10);
  expect([...host.querySelectorAll(".nbstream-chunk")].map((node) => node.textContent?.length)).toEqual([
    ...[4_503, 4_503, 4_503, 1_501],
  ]);
});

test("a thousand lines stand in groups of chunks, none of them in a long row", () => {
  const { host, lines: codeLines } = renderLines();
  const all = Array.from({ length: 2_000 }, (_, index) => `line ${index}`);
  for (let at = 0; at <= all.length; at += 7) codeLines.sync(all.slice(0, at), at);
  codeLines.sync(all, all.length);
  expect(host.textContent).toBe(`${all.join("\n")}\n`);
  const rows = [host, ...host.querySelectorAll(".nbstream-chunks")];
  expect(Math.max(...rows.map((row) => row.childElementCount))).toBe(16);
});

import { expect, test } from "vitest";
import { type Block, newBlock } from "../../../src/core/transcript.ts";
import { Arguments, formatArguments } from "../../../src/view/tool-call/arguments.ts";
import { seeded } from "../../core/random.ts";

function add(block: Block, text: string): void {
  block.parts.push(text);
  block.length += text.length;
}

function renderComplete(json: string): HTMLElement {
  const block = newBlock("tool_use");
  add(block, json);
  block.closedAt = 1;
  const view = new Arguments(block);
  view.paint(true);
  return view.element;
}

test("arguments are raw while they stream, and laid out in lines once complete", () => {
  const block = newBlock("tool_use");
  const view = new Arguments(block);
  view.paint(true);
  expect(view.element.hidden).toBe(true);
  add(block, '{"a": [1, ');
  view.paint(true);
  expect([view.element.hidden, view.element.textContent]).toEqual([false, '{"a": [1, ']);
  add(block, '2], "b": {}}');
  view.paint(true);
  block.closedAt = 1;
  view.paint(true);
  expect(view.element.textContent).toBe('{\n  "a": [\n    1,\n    2\n  ],\n  "b": {}\n}');
});

test("arguments in a closed card are not painted before they are complete", () => {
  const block = newBlock("tool_use");
  const view = new Arguments(block);
  add(block, '{"a": 1');
  view.paint(false);
  expect(view.element.textContent).toBe("");
  add(block, "}");
  block.closedAt = 1;
  view.paint(false);
  expect(view.element.textContent).toBe('{\n  "a": 1\n}');
});

test("a single text argument is shown as that text, under its name", () => {
  const view = renderComplete(JSON.stringify({ code: 'print("a")\nb' }));
  expect(view.textContent).toBe('print("a")\nb');
  expect(view.querySelector(".nbstream-pane")?.getAttribute("aria-label")).toBe("code");
});

test.each(['"a"', '["a"]', "7", "null", "{}", "[]", '{"a": 1}', '{"a": "x", "b": "y"}'])(
  "%s is no text alone",
  (json) => {
    expect(formatArguments(json).name).toBe("Arguments");
    expect(JSON.parse(formatArguments(json).text)).toEqual(JSON.parse(json));
  },
);

test("arguments that are not JSON stay as they came", () => {
  for (const odd of ['{"a": ', "{,}", "[1 2]", "{'a': 1}", "[".repeat(100_000)]) {
    expect(formatArguments(odd).text).toBe(odd);
  }
});

test("numbers and repeated names stay as they were written", () => {
  const json = '{"id":12345678901234567890,"x":1.0,"id":2}';
  expect(formatArguments(json).text).toBe('{\n  "id": 12345678901234567890,\n  "x": 1.0,\n  "id": 2\n}');
});

test("JSON in lines is the same JSON in the layout of JSON.stringify", () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = seeded(seed);
    const pick = (depth: number): unknown => {
      const kind = Math.floor(random() * (depth > 4 ? 5 : 7));
      if (kind < 5) return [null, true, -1.5e3, 'a "q"\\\n{},:[]', "\u202eé"][kind];
      const items = Array.from({ length: Math.floor(random() * 4) }, () => pick(depth + 1));
      return kind === 5 ? items : Object.fromEntries(items.map((item, i) => [`k"${i}`, item]));
    };
    const value = [pick(0)];
    expect(formatArguments(JSON.stringify(value)).text).toBe(JSON.stringify(value, null, 2));
  }
});

test("escaped names are shown unescaped, and invisible characters are shown", () => {
  expect(formatArguments('{"\\u0061": 1}').text).toContain('"a": 1');
  expect(
    renderComplete('{"code": "a\\u202eb"}').querySelector(".nbstream-unseen")?.getAttribute("data-code"),
  ).toBe("U+202E");
});

test("deep nesting does not cost the square of its depth", () => {
  const json = `${"[".repeat(2_000)}${"]".repeat(2_000)}`;
  expect(formatArguments(json).text.length).toBeLessThan(2_000 * 100);
});

test("each small piece of 200 KB changes only the last box, and boxes stay small", () => {
  const block = newBlock("tool_use");
  const view = new Arguments(block);
  const observer = new MutationObserver(() => {});
  const pane = view.element.querySelector(".nbstream-pane") as HTMLElement;
  observer.observe(pane, { childList: true, characterData: true, subtree: true });
  for (let i = 0; i < 16_000; i++) {
    add(block, "12, 34, 56, ");
    if (i % 8 !== 7) continue;
    view.paint(true);
    const last = pane.lastElementChild;
    const touched = observer.takeRecords().map(({ target }) => target);
    expect(touched.every((node) => node === pane || last?.contains(node))).toBe(true);
  }
  const lengths = [...pane.children].map((box) => box.textContent.length);
  expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(block.length);
  expect(Math.max(...lengths)).toBeLessThan(6_000);
  const began = performance.now();
  block.closedAt = 1;
  view.paint(true);
  expect(view.element.textContent).toBe(block.parts.join(""));
  expect(performance.now() - began).toBeLessThan(1_000);
});

/** Measure the milliseconds to paint this many invisible characters, each of which gets a box. */
function marking(characters: number): number {
  const block = newBlock("tool_use");
  add(block, JSON.stringify({ code: "\u202e".repeat(characters) }));
  block.closedAt = 1;
  const view = new Arguments(block);
  document.body.append(view.element);
  const began = performance.now();
  view.paint(true);
  const took = performance.now() - began;
  view.element.remove();
  return took;
}

test("the cost of marked characters grows linearly with their number", { timeout: 60_000 }, () => {
  marking(3_000);
  // The best of several, because other work on the machine makes single runs slower, never faster.
  const best = (characters: number) => Math.min(...Array.from({ length: 4 }, () => marking(characters)));
  const few = Math.max(5, best(2_000));
  expect(best(20_000) / few).toBeLessThan(40);
});

import { expect, test } from "vitest";
import { type Block, newBlock } from "../../../src/core/transcript.ts";
import { Arguments, formatArguments } from "../../../src/view/tool-call/arguments.ts";
import { seeded } from "../../core/random.ts";

function add(block: Block, text: string): void {
  block.parts.push(text);
  block.length += text.length;
}

function whole(json: string): HTMLElement {
  const block = newBlock("tool_use");
  add(block, json);
  block.closedAt = 1;
  const shown = new Arguments(block);
  shown.paint(true);
  return shown.element;
}

test("arguments stream as they come, and stand in lines when they are whole", () => {
  const block = newBlock("tool_use");
  const shown = new Arguments(block);
  shown.paint(true);
  expect(shown.element.hidden).toBe(true);
  add(block, '{"a": [1, ');
  shown.paint(true);
  expect([shown.element.hidden, shown.element.textContent]).toEqual([false, '{"a": [1, ']);
  add(block, '2], "b": {}}');
  shown.paint(true);
  block.closedAt = 1;
  shown.paint(true);
  expect(shown.element.textContent).toBe('{\n  "a": [\n    1,\n    2\n  ],\n  "b": {}\n}');
});

test("what nobody sees is not written before it is whole", () => {
  const block = newBlock("tool_use");
  const shown = new Arguments(block);
  add(block, '{"a": 1');
  shown.paint(false);
  expect(shown.element.textContent).toBe("");
  add(block, "}");
  block.closedAt = 1;
  shown.paint(false);
  expect(shown.element.textContent).toBe('{\n  "a": 1\n}');
});

test("one text alone is shown as that text, under its name", () => {
  const shown = whole(JSON.stringify({ code: 'print("a")\nb' }));
  expect(shown.textContent).toBe('print("a")\nb');
  expect(shown.getAttribute("aria-label")).toBe("code");
});

test.each(['"a"', '["a"]', "7", "null", "{}", "[]", '{"a": 1}', '{"a": "x", "b": "y"}'])(
  "%s is no text alone",
  (json) => {
    expect(formatArguments(json).name).toBe("Arguments");
    expect(JSON.parse(formatArguments(json).text)).toEqual(JSON.parse(json));
  },
);

test("what is no JSON stays as it came", () => {
  for (const odd of ['{"a": ', "{,}", "[1 2]", "{'a': 1}", "[".repeat(100_000)]) {
    expect(formatArguments(odd).text).toBe(odd);
  }
});

test("numbers and repeated names are those that were written", () => {
  const json = '{"id":12345678901234567890,"x":1.0,"id":2}';
  expect(formatArguments(json).text).toBe('{\n  "id": 12345678901234567890,\n  "x": 1.0,\n  "id": 2\n}');
});

test("any JSON in lines is the same JSON, as JSON.stringify lays it out", () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = seeded(seed);
    const pick = (depth: number): unknown => {
      const what = Math.floor(random() * (depth > 4 ? 5 : 7));
      if (what < 5) return [null, true, -1.5e3, 'a "q"\\\n{},:[]', "\u202eé"][what];
      const items = Array.from({ length: Math.floor(random() * 4) }, () => pick(depth + 1));
      return what === 5 ? items : Object.fromEntries(items.map((item, i) => [`k"${i}`, item]));
    };
    const value = [pick(0)];
    expect(formatArguments(JSON.stringify(value)).text).toBe(JSON.stringify(value, null, 2));
  }
});

test("names that are escaped are read as they run, and what cannot be seen is shown", () => {
  expect(formatArguments('{"\\u0061": 1}').text).toContain('"a": 1');
  expect(whole('{"code": "a\\u202eb"}').querySelector(".nbstream-unseen")?.getAttribute("data-code")).toBe(
    "U+202E",
  );
});

test("depth does not cost its square", () => {
  const json = `${"[".repeat(2_000)}${"]".repeat(2_000)}`;
  expect(formatArguments(json).text.length).toBeLessThan(2_000 * 100);
});

test("of 200 KB in small pieces each piece touches the last box alone, and boxes stay small", () => {
  const block = newBlock("tool_use");
  const shown = new Arguments(block);
  const observer = new MutationObserver(() => {});
  observer.observe(shown.element, { childList: true, characterData: true, subtree: true });
  for (let i = 0; i < 16_000; i++) {
    add(block, "12, 34, 56, ");
    if (i % 8 !== 7) continue;
    shown.paint(true);
    const last = shown.element.lastElementChild;
    const touched = observer.takeRecords().map(({ target }) => target);
    expect(touched.every((node) => node === shown.element || last?.contains(node))).toBe(true);
  }
  const lengths = [...shown.element.children].map((box) => box.textContent.length);
  expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(block.length);
  expect(Math.max(...lengths)).toBeLessThan(6_000);
  const began = performance.now();
  block.closedAt = 1;
  shown.paint(true);
  expect(shown.element.textContent).toBe(block.parts.join(""));
  expect(performance.now() - began).toBeLessThan(1_000);
});

/** Milliseconds to write a text of so many characters that cannot be seen, each of which gets a box. */
function marking(characters: number): number {
  const block = newBlock("tool_use");
  add(block, JSON.stringify({ code: "\u202e".repeat(characters) }));
  block.closedAt = 1;
  const shown = new Arguments(block);
  document.body.append(shown.element);
  const began = performance.now();
  shown.paint(true);
  const took = performance.now() - began;
  shown.element.remove();
  return took;
}

test("many boxes in a text cost what their number costs", { timeout: 60_000 }, () => {
  marking(3_000);
  const few = Math.max(5, Math.min(marking(2_000), marking(2_000)));
  expect(marking(20_000) / few).toBeLessThan(40);
});

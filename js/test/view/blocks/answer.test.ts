import { afterEach, beforeEach, expect, test } from "vitest";
import { type Block, newBlock } from "../../../src/core/transcript.ts";
import { Answer } from "../../../src/view/blocks/answer.ts";
import { DETACHED } from "../../../src/view/markdown/context.ts";

let announced: string[];
let answer: Answer;

beforeEach(() => {
  announced = [];
  answer = new Answer({ ...DETACHED, announce: (text) => announced.push(text) });
  document.body.append(answer.element);
});

afterEach(() => document.body.replaceChildren());

function add(...parts: string[]): Block {
  const block = { ...newBlock("text"), parts, length: parts.join("").length };
  answer.add(block);
  answer.paint();
  return block;
}

function html(text: string): string {
  const whole = new Answer();
  whole.add({ ...newBlock("text"), parts: [text], length: text.length });
  whole.paint();
  whole.end();
  return whole.element.innerHTML;
}

test("blocks make one document, wherever the text is cut", () => {
  add("A *cited", " claim");
  add("* goes on.\n\n- one\n");
  add("- two");
  answer.end();
  expect(answer.element.querySelector("em")?.textContent).toBe("cited claim");
  expect(answer.element.querySelectorAll("ul")).toHaveLength(1);
  expect(answer.element.querySelectorAll("li")).toHaveLength(2);
});

test("an ended text that goes on is as if it had not ended, wherever it was cut", () => {
  const text =
    "# Title\n\nSome **bold** [text](https://x.example).\n\n```python\nx = `1`\n\n# y\n```\n\n| a |\n|---|\n| b |\n\n- l";
  for (let cut = 1; cut < text.length; cut++) {
    answer = new Answer();
    add(text.slice(0, cut));
    answer.end();
    add(text.slice(cut));
    answer.end();
    expect(answer.element.innerHTML).toBe(html(text));
  }
});

test("an unfinished fence goes on as code", () => {
  add("```python\nx = 1\n");
  answer.end();
  add("y = 2\n```\n\nAfter.");
  answer.end();
  expect(answer.element.querySelector("code")?.textContent).toBe("x = 1\ny = 2\n");
  expect(answer.element.querySelector("p")?.textContent).toBe("After.");
});

test("a selection stays when the text is parsed again", () => {
  add("one two\n\nthree");
  answer.end();
  const text = answer.element.querySelector("p")?.firstChild as Text;
  getSelection()?.setBaseAndExtent(text, 4, text, 7);
  add(" four");
  expect(text.isConnected).toBe(false);
  expect(getSelection()?.toString()).toBe("two");
});

test("an announced block is not announced again when the answer goes on", () => {
  add("One.\n\nTwo");
  answer.end();
  expect(announced).toEqual(["One.", "Two"]);
  add(" and a half.\n\nThree.");
  answer.end();
  expect(announced).toEqual(["One.", "Two", "Two and a half.", "Three."]);
});

test("a paint without new text changes nothing", () => {
  const block = add("One.");
  answer.end();
  const before = answer.element.firstChild?.firstChild;
  answer.add({ ...block, parts: [], length: 0 });
  answer.paint();
  answer.end();
  expect(answer.element.firstChild?.firstChild).toBe(before);
});

test("a long text that goes on is parsed again in pieces, and stays on the page meanwhile", () => {
  const text = `${"word ".repeat(2_000)}\n\n**End`;
  const past = Number.NEGATIVE_INFINITY;
  add(text);
  answer.end();
  const before = answer.element.innerHTML;
  const rest = { ...newBlock("text"), parts: ["**"], length: 2 };
  answer.add(rest);
  let updates = 0;
  while (answer.paint(undefined, past) > 0) {
    if (answer.element.querySelector("strong") === null) expect(answer.element.innerHTML).toBe(before);
    updates += 1;
  }
  expect(updates).toBe(Math.floor(text.length / 1_024));
  expect(announced).toHaveLength(2);
  answer.end();
  expect(answer.element.innerHTML).toBe(html(`${text}**`));
});

const LONG = `${"A paragraph.\n\n".repeat(700)}End`;

function addClosed(text: string): void {
  answer.add({ ...newBlock("text"), parts: [text], length: text.length, closedAt: 1 });
  answer.paint();
}

test("prepared text is seen with the next paint, in the same way", () => {
  addClosed("Start.\n\n");
  const before = answer.element.innerHTML;
  const rest = { ...newBlock("text"), parts: [LONG], length: LONG.length };
  answer.add(rest);
  expect(answer.prepare(Number.POSITIVE_INFINITY)).toBe(0);
  expect(answer.element.innerHTML).toBe(before);
  expect(answer.paint(undefined, 0)).toBe(0);
  expect(answer.element.textContent).toContain("End");
  answer.end();
  expect(answer.element.innerHTML).toBe(html(`Start.\n\n${LONG}`));
});

test("text is prepared until the deadline, and an update goes on behind it", () => {
  addClosed("Start.\n\n");
  const rest = { ...newBlock("text"), parts: [LONG], length: LONG.length };
  answer.add(rest);
  expect(answer.prepare(0)).toBe(LONG.length);
  const left = answer.prepare(performance.now() + 4);
  expect(left).toBeLessThan(LONG.length);
  expect(answer.paint(undefined, 0)).toBe(Math.max(0, left - 1_024));
});

test("of the block that is open on the page, little text is prepared, and it counts as left", () => {
  const code = "x = 1\n".repeat(4_000);
  addClosed("```\n");
  answer.add({ ...newBlock("text"), parts: [code], length: code.length });
  const all = answer.prepare(Number.POSITIVE_INFINITY);
  expect(all).toBe(code.length);
  expect(answer.prepare(Number.POSITIVE_INFINITY)).toBe(code.length);
  expect(answer.element.querySelector("code")?.textContent).toBe("");
  answer.paint(undefined, 0);
  // What was prepared, and the piece that each update shows.
  expect(answer.element.querySelector("code")?.textContent.length).toBeGreaterThan(1_024);
  expect(answer.element.querySelector("code")?.textContent.length).toBeLessThan(2_100);
});

test("nothing is prepared of an answer that has ended, is structured, or has citations to record before", () => {
  const unknown = Number.POSITIVE_INFINITY;
  expect(answer.prepare(0)).toBe(unknown);
  const cited = add("One");
  const rest = { ...newBlock("text"), parts: [" two"], length: 4 };
  answer.add(rest);
  expect(answer.prepare(0)).toBe(unknown);
  cited.closedAt = 1;
  answer.paint();
  expect(answer.prepare(0)).toBe(0);
  answer.end();
  expect(answer.prepare(0)).toBe(unknown);
  const structured = new Answer();
  structured.add({ ...newBlock("text", 0, { columns: {} }), parts: ["[1]"], length: 3 });
  expect(structured.prepare(unknown)).toBe(unknown);
});

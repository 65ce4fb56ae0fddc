import { afterEach, beforeEach, expect, test } from "vitest";
import { type Block, newBlock } from "../../../src/core/transcript.ts";
import { Answer } from "../../../src/view/blocks/answer.ts";
import { DETACHED } from "../../../src/view/markdown/context.ts";

let said: string[];
let answer: Answer;

beforeEach(() => {
  said = [];
  answer = new Answer({ ...DETACHED, announce: (text) => said.push(text) });
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

test("blocks are one document, whatever a cut between them goes through", () => {
  add("A *cited", " claim");
  add("* goes on.\n\n- one\n");
  add("- two");
  answer.end();
  expect(answer.element.querySelector("em")?.textContent).toBe("cited claim");
  expect(answer.element.querySelectorAll("ul")).toHaveLength(1);
  expect(answer.element.querySelectorAll("li")).toHaveLength(2);
});

test("what was ended goes on as if it had not been, wherever it was cut", () => {
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

test("half a fence goes on as code", () => {
  add("```python\nx = 1\n");
  answer.end();
  add("y = 2\n```\n\nAfter.");
  answer.end();
  expect(answer.element.querySelector("code")?.textContent).toBe("x = 1\ny = 2\n");
  expect(answer.element.querySelector("p")?.textContent).toBe("After.");
});

test("a selection in what is parsed anew stays", () => {
  add("one two\n\nthree");
  answer.end();
  const text = answer.element.querySelector("p")?.firstChild as Text;
  getSelection()?.setBaseAndExtent(text, 4, text, 7);
  add(" four");
  expect(text.isConnected).toBe(false);
  expect(getSelection()?.toString()).toBe("two");
});

test("what was read out is not read out again when the answer goes on", () => {
  add("One.\n\nTwo");
  answer.end();
  expect(said).toEqual(["One.", "Two"]);
  add(" and a half.\n\nThree.");
  answer.end();
  expect(said).toEqual(["One.", "Two", "Two and a half.", "Three."]);
});

test("nothing new changes nothing", () => {
  const block = add("One.");
  answer.end();
  const before = answer.element.firstChild?.firstChild;
  answer.add({ ...block, parts: [] });
  answer.paint();
  answer.end();
  expect(answer.element.firstChild?.firstChild).toBe(before);
});

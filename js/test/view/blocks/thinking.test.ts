import { afterEach, expect, test } from "vitest";
import { type Block, newBlock } from "../../../src/core/transcript.ts";
import { Thinking } from "../../../src/view/blocks/thinking.ts";

function thought(text: string, closedAt?: number): Block {
  const parts = text ? [text] : [];
  return { ...newBlock("thinking", 5), parts, length: text.length, closedAt };
}

function add(block: Block, text: string): void {
  block.parts.push(text);
  block.length += text.length;
}

afterEach(() => document.body.replaceChildren());

test("closed thinking that is still running is only a line", () => {
  const block = thought("Hm");
  const thinking = new Thinking(block);
  for (let i = 0; i < 100; i++) {
    add(block, " and on");
    thinking.paint(() => 3);
  }
  expect(thinking.element.open).toBe(false);
  expect(thinking.element.textContent).toBe("Thinking…");
});

test("opened thinking shows earlier and new text", async () => {
  const block = thought("Hm");
  const thinking = new Thinking(block);
  document.body.append(thinking.element);
  thinking.paint(() => 3);
  thinking.element.querySelector("summary")?.click();
  await expect.poll(() => thinking.element.textContent).toBe("Thinking…Hm");
  add(block, ", so.");
  thinking.paint(() => 4);
  expect(thinking.element.textContent).toBe("Thinking…Hm, so.");
});

test("finished thinking shows its duration and can be searched", () => {
  const block = thought("Hm", 17.2);
  const thinking = new Thinking(block);
  thinking.paint(() => 99);
  expect(thinking.element.textContent).toBe("Thought for 12 sHm");
});

test("thinking without text still shows that the model thinks", () => {
  const block = thought("");
  const thinking = new Thinking(block);
  thinking.paint(() => 1);
  expect(thinking.element.textContent).toBe("Thinking…");
  expect(thinking.element.classList.contains("nbstream-silent")).toBe(false);
  block.closedAt = 5.1;
  thinking.paint(() => 1);
  expect(thinking.element.textContent).toBe("Thought for 1 s");
  expect(thinking.element.classList.contains("nbstream-silent")).toBe(true);
});

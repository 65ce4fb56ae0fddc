import { afterEach, expect, test, vi } from "vitest";
import { newBlock, newTurn, type Turn } from "../../../src/core/transcript.ts";
import convertOutput from "../../../src/lazy/output.ts";
import { outputButtons } from "../../../src/view/blocks/output-buttons.ts";
import { DETACHED } from "../../../src/view/markdown/context.ts";

const JSON_TEXT = '[{"name":"Lima","people":1}]';
const ENVIRONMENT = { ...DETACHED, assets: { ...DETACHED.assets, output: async () => convertOutput } };

afterEach(() => vi.restoreAllMocks());

function answer(data = {}): Turn {
  const turn = newTurn("t1", "assistant");
  turn.blocks.push({ ...newBlock("text", 0, data), parts: [JSON_TEXT], length: JSON_TEXT.length });
  return turn;
}

test("structured output is copied as JSON, CSV or Markdown", async () => {
  const write = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
  const buttons = outputButtons(answer({ columns: {} }), document.createElement("div"), ENVIRONMENT) ?? [];
  expect(buttons.map(({ textContent }) => textContent)).toEqual([
    "Copy JSON",
    "Copy CSV",
    "Copy Markdown",
    "Show JSON",
  ]);
  for (const button of buttons.slice(0, 3)) button.click();
  await expect.poll(() => write.mock.calls.length).toBe(3);
  expect(write.mock.calls.flat()).toEqual([
    '[\n  {\n    "name": "Lima",\n    "people": 1\n  }\n]',
    "name,people\r\nLima,1\r\n",
    "| name | people |\n| --- | ---: |\n| Lima | 1 |\n",
  ]);
});

test("its JSON is shown when it is asked for, and hidden again", async () => {
  const content = document.createElement("div");
  const toggle = outputButtons(answer({ columns: {} }), content, ENVIRONMENT)?.at(-1);
  toggle?.click();
  await expect.poll(() => content.querySelector("code")?.textContent).toContain('"people": 1');
  expect(toggle?.getAttribute("aria-pressed")).toBe("true");
  toggle?.click();
  expect(content.childElementCount).toBe(0);
  expect(toggle?.getAttribute("aria-pressed")).toBe("false");
});

test("text has no such buttons, and without the asset its text is copied as it is", async () => {
  expect(outputButtons(answer(), document.createElement("div"), ENVIRONMENT)).toBeUndefined();
  const write = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
  outputButtons(answer({ columns: {} }), document.createElement("div"), DETACHED)?.[1]?.click();
  await expect.poll(() => write.mock.calls.flat()).toEqual([JSON_TEXT]);
});

import { expect, test } from "vitest";
import type { Data } from "../../../src/core/protocol.ts";
import { newBlock } from "../../../src/core/transcript.ts";
import { DETACHED } from "../../../src/view/markdown/context.ts";
import { Result } from "../../../src/view/tool-call/result.ts";
import { PIXEL } from "../payloads.ts";

const EVER = Number.POSITIVE_INFINITY;
function render(data: Data): HTMLElement {
  const result = new Result(newBlock("tool_result", 0, data), DETACHED);
  result.paint("plot", true, EVER);
  return result.element;
}

test("a text is shown as it is, in a box with a name", () => {
  const box = render({ text: "**a** <b>\n b" }).querySelector(".nbstream-pane");
  expect(box?.textContent).toBe("**a** <b>\n b");
  expect(box?.getAttribute("aria-label")).toBe("Result");
});

test("a table is drawn piece by piece and not announced", () => {
  const said: string[] = [];
  const text = "| a | b |\n|---|---|\n".concat("| 1 | 2 |\n".repeat(1_000));
  const block = newBlock("tool_result", 0, { text, markdown: true });
  const result = new Result(block, { ...DETACHED, announce: (words) => said.push(words) });
  block.closedAt = 1;
  let paints = 1;
  while (result.paint("t", false, 0)) paints += 1;
  expect(paints).toBeGreaterThan(5);
  expect(result.element.querySelectorAll("tbody tr").length).toBe(1_000);
  expect(said).toEqual([]);
});

test("an error is shown as an alert, with its code if it has one", () => {
  const failed = render({ error: true, text: "ValueError: no", markdown: true });
  expect(failed.querySelector(".nbstream-alert")?.textContent).toBe("ValueError: no");
  expect(render({ error: "max_uses_exceeded" }).textContent).toBe("Error: max_uses_exceeded");
  expect(render({ error: true }).textContent).toBe("It failed");
});

test("a program's output, errors and exit code are shown separately", () => {
  const ran = render({ output: "1\n", errors: "warning", code: 2, files: ["file_1", 7, "file_2"] });
  const boxes = [...ran.querySelectorAll(".nbstream-pane")];
  expect(boxes.map((box) => [box.getAttribute("aria-label"), box.textContent])).toEqual([
    ["Output", "1\n"],
    ["Errors", "warning"],
  ]);
  expect([...ran.querySelectorAll("p")].map((p) => p.textContent)).toEqual([
    "Exit code 2",
    "File file_1",
    "File file_2",
  ]);
  expect(render({ code: 0 }).textContent).toBe("No output");
});

test("pictures are shown with their place kept, and an unsupported one is noted", () => {
  const image = { media_type: "image/png", data: PIXEL, width: 4, height: 2 };
  const pictured = render({ images: [image, { ...image, media_type: "image/svg+xml" }, null, 7] });
  expect(pictured.querySelector("img")?.alt).toBe("Image 1 of plot");
  expect(pictured.querySelectorAll("img")).toHaveLength(1);
  expect(pictured.textContent).toBe("An image that cannot be shown");
});

test("sources are links", () => {
  const found = render({ sources: [{ title: "A", url: "https://a.example/" }, 7] });
  expect([...found.querySelectorAll("a")].map((link) => link.href)).toEqual(["https://a.example/"]);
});

test("a result is drawn once it is complete, with text that came later and data that came at its end", () => {
  const block = newBlock("tool_result", 0, { call: "c" });
  const result = new Result(block, DETACHED);
  result.paint("t", false, EVER);
  block.parts.push("dra", "wn");
  block.length = 5;
  result.paint("t", false, EVER);
  expect(result.element.textContent).toBe("");
  block.closedAt = 1;
  block.data = { ...block.data, code: 1 };
  result.paint("t", false, EVER);
  result.paint("t", true, EVER);
  expect(result.element.textContent).toBe("drawnExit code 1");
});

import { expect, test, vi } from "vitest";
import type { Op } from "../../../src/core/protocol.ts";
import { apply, newTranscript, type Turn } from "../../../src/core/transcript.ts";
import { MessageEditor } from "../../../src/view/turns/message-editor.ts";

function messageOf(...blocks: Op[]): Turn {
  const transcript = newTranscript();
  const ops: Op[] = [{ op: "turn", id: "u", role: "user" }, ...blocks];
  apply(transcript, { v: 1, kind: "update", base: 0, seq: ops.length, ops }, 0);
  return transcript.turns[0] as Turn;
}

function text(value: string, data = {}): Op[] {
  return [{ op: "block", type: "text", data }, { op: "text", text: value }, { op: "close" }];
}

const TABLE = "pandas DataFrame, 3 rows × 2 columns (a: int64)\n\n| a |\n| --- |\n| 1 |";
const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const IMAGE = { kind: "image", name: "chart.png", media_type: "image/png", data: PIXEL, size: 12_345 };
const PDF = { kind: "document", name: "report.pdf", pages: 3, size: 1_500_000 };

function render(turn: Turn, send = vi.fn()) {
  const editor = new MessageEditor(turn, send, vi.fn());
  document.body.replaceChildren(editor.element);
  const files = editor.element.querySelector("ul") as HTMLUListElement;
  const box = editor.element.querySelector("textarea") as HTMLTextAreaElement;
  return {
    editor,
    files,
    box,
    chips: [...files.children].map((chip) => [...chip.children].map(textContentOf)),
  };
}

function textContentOf(node: Element): string | null {
  return node.textContent;
}

test("only the text that the user wrote is in the box; a table, an image and a file are chips", () => {
  const { files, box, chips } = render(
    messageOf(
      ...text("Which region?"),
      ...text(TABLE, { markdown: true }),
      { op: "block", type: "image", data: IMAGE },
      { op: "block", type: "document", data: PDF },
      ...text("Be brief."),
    ),
  );
  expect(box.value).toBe("Which region?\n\nBe brief.");
  expect(chips).toEqual([
    ["pandas DataFrame", "3 rows × 2 columns", "×"],
    ["", "chart.png", "12 kB", "×"],
    ["report.pdf", "3 pages · 1.5 MB", "×"],
  ]);
  expect(files.hidden).toBe(false);
  expect(files.querySelector("img")?.className).toBe("nbstream-thumbnail");
});

test("a message of text alone has no chips, and neither has the result of a call", () => {
  const { files, box } = render(messageOf(...text("Hi"), { op: "block", type: "tool_result", data: {} }));
  expect(box.value).toBe("Hi");
  expect(files.hidden).toBe(true);
});

test("the chips take any data, also that of a kind that the page does not know", () => {
  const { chips } = render(
    messageOf(
      ...text("", { markdown: true }),
      { op: "block", type: "image", data: { name: 7, media_type: "text/html", data: "<b>" } },
      { op: "block", type: "container_upload", data: {} },
    ),
  );
  expect(chips).toEqual([
    ["Table", "", "×"],
    ["", "Image", "", "×"],
    ["container_upload", "", "×"],
  ]);
});

test("a chip that is removed names its block, and the focus goes to the text", () => {
  const send = vi.fn();
  const image: Op = { op: "block", type: "image", data: IMAGE };
  const message = messageOf(...text("Hi"), image, { op: "block", type: "document", data: PDF });
  const { editor, files, box } = render(message, send);
  const remove = (name: string) => files.querySelector<HTMLElement>(`[aria-label="Remove ${name}"]`)?.click();
  remove("report.pdf");
  expect(document.activeElement).toBe(box);
  expect([...files.children].map((chip) => chip.textContent)).toEqual(["chart.png12 kB×"]);
  remove("chart.png");
  expect(files.hidden).toBe(true);
  editor.element.requestSubmit();
  expect(send).toHaveBeenCalledWith("Hi", [2, 1]);
});

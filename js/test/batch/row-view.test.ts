import { expect, test, vi } from "vitest";
import { RowView } from "../../src/batch/row-view.ts";
import type { Row } from "../../src/core/batch/messages.ts";
import { failedRow, newRow } from "./fakes.ts";

const retry = vi.fn();

function shown(
  row: Row,
  { columns = 2, canRetry = true, isAsked = false } = {},
  view = new RowView(7, retry),
) {
  view.sync(row, 3, columns, canRetry, isAsked);
  return view.node;
}

function texts(node: Element): (string | null)[] {
  return [...node.children].map((cell) => cell.textContent);
}

test("a row has its name, its state and its cells, and its place in the table", () => {
  const node = shown(newRow(7));
  expect(texts(node)).toEqual(["r7", "Done", "text 7", "good"]);
  expect(node.getAttribute("aria-rowindex")).toBe("5");
  expect(texts(shown(newRow(7, { status: "running", cells: [] })))).toEqual(["r7", "Running…", "", ""]);
  expect(texts(shown(newRow(7, { status: "waiting", cells: ["a", "b", "c"] })))).toEqual([
    ...["r7", "Waiting", "a", "b"],
  ]);
});

test("the error of a failed row takes the place of its empty cells", () => {
  const node = shown(failedRow(7), { columns: 4 });
  expect(texts(node)).toEqual(["r7", "RetryFailed", "text 7", "RateLimitError: slow down"]);
  expect(node.lastElementChild?.getAttribute("colspan")).toBe("3");
  const full = shown({ ...failedRow(7), cells: ["a", "b"] });
  expect(texts(full)).toEqual(["r7", "RetryFailed: RateLimitError: slow down", "a", "b"]);
});

test("Retry names its row and asks for it", () => {
  const button = shown(failedRow(7)).querySelector("button");
  expect(button?.getAttribute("aria-label")).toBe("Retry row r7");
  button?.click();
  expect(retry).toHaveBeenCalledWith(7);
  expect(shown(failedRow(7), { canRetry: false }).querySelector("button")).toBe(null);
});

test("a row that is asked again says so until the kernel does", () => {
  const view = new RowView(7, retry);
  shown(failedRow(7), {}, view);
  const asked = shown(failedRow(7), { isAsked: true }, view);
  expect(texts(asked)[1]).toBe("Asking again…");
  expect(asked.getAttribute("data-role")).toBe("waiting");
  expect(texts(shown(newRow(7, { status: "running" }), { isAsked: true }, view))[1]).toBe("Running…");
  const done = shown(newRow(7), {}, view);
  expect([texts(done), done.lastElementChild?.getAttribute("colspan")]).toEqual([
    ["r7", "Done", "text 7", "good"],
    null,
  ]);
});

test("texts from outside are no HTML, and their deceiving characters are marked", () => {
  const cells = ["<img src=x onerror=alert(1)>", "evil\u202eexe.txt"];
  const node = shown(newRow(7, { label: "a\u202eb", cells }));
  expect(node.querySelector("img")).toBe(null);
  expect(texts(node)[2]).toBe(cells[0]);
  expect(
    [...node.querySelectorAll(".nbstream-unseen")].map((mark) => mark.getAttribute("data-code")),
  ).toEqual([...["U+202E", "U+202E"]]);
  const failed = shown({ ...failedRow(7, "no\u202e"), label: "a\u202eb" });
  expect(failed.querySelector("button")?.getAttribute("aria-label")).toBe("Retry row a\\u202eb");
  expect(failed.lastElementChild?.querySelector(".nbstream-unseen")).not.toBe(null);
});

test("an unchanged row keeps its nodes", () => {
  const view = new RowView(7, retry);
  const nodes = [...shown(newRow(7), {}, view).querySelectorAll("td")].map((cell) => cell.firstChild);
  const after = [...shown(newRow(7), {}, view).querySelectorAll("td")].map((cell) => cell.firstChild);
  expect(after).toEqual(nodes);
});

import axe from "axe-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BatchView } from "../../src/batch/batch-view.ts";
import { BatchConnection } from "../../src/batch/connection.ts";
import { ROW_PIXELS } from "../../src/batch/row-table.ts";
import { animationFrames, newContainer, setHidden } from "../fakes.ts";
import { FakeBatch, failedRow, newRow } from "./fakes.ts";
import "../../src/entry/batch.css";

let life: AbortController;
let model: FakeBatch;
let connection: BatchConnection;
let el: HTMLElement;
let views: Set<BatchView>;

beforeEach(() => {
  life = new AbortController();
  views = new Set();
});

afterEach(() => {
  life.abort();
  setHidden(false);
});

function open(rows = 300, failed: readonly number[] = [17]): void {
  const all = Array.from({ length: rows }, (_, index) =>
    failed.includes(index) ? failedRow(index) : newRow(index),
  );
  model = new FakeBatch(all);
  connection = new BatchConnection(model.asModel, life.signal);
  el = show();
}

function show(signal = life.signal): HTMLElement {
  const container = newContainer(signal);
  new BatchView(container, connection, views, signal);
  return container;
}

function rowNames(root = el): (string | null | undefined)[] {
  return [...root.querySelectorAll(".nbstream-row")].map((row) => row.firstElementChild?.textContent);
}

function button(name: string): HTMLButtonElement {
  const all = [...el.querySelectorAll("button")];
  const found = all.find((each) => [each.textContent, each.getAttribute("aria-label")].includes(name));
  if (!found) throw new Error(`no button ${name}`);
  return found;
}

function scroller(): HTMLElement {
  return el.querySelector(".nbstream-rows") as HTMLElement;
}

function statusText(): string | null | undefined {
  return el.querySelector("[role=status]")?.textContent;
}

test("the rows are shown, the failed ones first, and follow the run", async () => {
  open();
  await expect.poll(() => rowNames().slice(0, 3)).toEqual(["r17", "r0", "r1"]);
  model.change({ failed: 2 }, failedRow(5));
  await expect.poll(() => rowNames().slice(0, 4)).toEqual(["r5", "r17", "r0", "r1"]);
  expect(statusText()).toMatch(/^2 of 300 rows, 2 failed/);
});

test("the table's room is there before the first rows come", async () => {
  open();
  model.isDeaf = true;
  el = show();
  await animationFrames();
  expect(rowNames()).toEqual([]);
  expect(el.querySelector("table")?.offsetHeight).toBe(301 * ROW_PIXELS);
});

test("Failed only shows the failed rows, and the other rows stay until they have come", async () => {
  open(300, [17, 30]);
  await expect.poll(() => rowNames().length).toBeGreaterThan(10);
  scroller().scrollTop = 100 * ROW_PIXELS;
  await expect.poll(() => rowNames()).toContain("r100");
  model.isDeaf = true;
  button("Failed only").click();
  await expect.poll(() => model.of("rows").at(-1)?.only).toBe("failed");
  expect(rowNames()).toContain("r100");
  expect(button("Failed only").getAttribute("aria-pressed")).toBe("true");
  model.emit("msg:custom", model.answer("failed", 0, 40));
  await expect.poll(() => rowNames()).toEqual(["r17", "r30"]);
  model.isDeaf = false;
  button("Failed only").click();
  await expect.poll(() => rowNames().slice(0, 3)).toEqual(["r17", "r30", "r0"]);
});

test("a list of failed rows that has become empty says so, and the way back stays", async () => {
  open(20, [3]);
  await expect.poll(() => rowNames().length).toBe(20);
  button("Failed only").click();
  await expect.poll(() => rowNames()).toEqual(["r3"]);
  model.change({ failed: 0, done: 20 }, newRow(3));
  await expect.poll(() => el.textContent).toContain("No row has failed.");
  button("Failed only").click();
  await expect.poll(() => rowNames().length).toBe(20);
  expect(button("Failed only").hidden).toBe(true);
});

test("Retry asks for its row, says so at once, and the focus is not lost", async () => {
  open();
  await expect.poll(() => rowNames()[0]).toBe("r17");
  button("Retry row r17").focus();
  button("Retry row r17").click();
  expect(model.of("retry").map(({ index }) => index)).toEqual([17]);
  await expect.poll(() => el.querySelector(".nbstream-row-state")?.textContent).toBe("Asking again…");
  expect(document.activeElement).toBe(scroller());
  model.change({}, newRow(17, { status: "running", cells: ["text 17", ""] }));
  await expect.poll(() => rowNames()[0]).toBe("r0");
});

test("the focus on a row's button survives rows that come above it", async () => {
  open(300, [100]);
  await expect.poll(() => rowNames()[0]).toBe("r100");
  button("Retry row r100").focus();
  model.change({ failed: 2 }, failedRow(50));
  await expect.poll(() => rowNames().slice(0, 2)).toEqual(["r50", "r100"]);
  expect(document.activeElement).toBe(button("Retry row r100"));
});

test("Retry all asks for all failed rows once", async () => {
  open(300, [1, 2]);
  await expect.poll(() => rowNames()[0]).toBe("r1");
  button("Retry all").click();
  expect(model.of("retryAll").length).toBe(1);
  await expect.poll(() => button("Retry all").disabled).toBe(true);
  model.change({ failed: 0 }, newRow(1));
  model.change({}, newRow(2));
  await expect.poll(() => button("Retry all").hidden).toBe(true);
});

test("a run that was cut short goes on with all rows that it has left", async () => {
  open(300, []);
  model.change({ status: "stopped", stop_reason: "user", done: 120 });
  await expect.poll(() => button("Continue").hidden).toBe(false);
  button("Continue").click();
  expect(model.of("retryAll").length).toBe(1);
  model.change({ status: "done", done: 300 });
  await expect.poll(() => button("Retry all").hidden).toBe(true);
});

test("Stop and Escape stop the run", async () => {
  open();
  button("Stop").click();
  await expect.poll(statusText).toMatch(/^Stopping…/);
  model.change({ status: "stopped", stop_reason: "user" });
  await expect.poll(statusText).toMatch(/^Stopped/);
  model.change({ status: "running" });
  await expect.poll(statusText).toMatch(/^1 of/);
  const before = model.of("stop").length;
  scroller().dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  expect(model.of("stop").length).toBe(before + 1);
});

test("a scroll fetches the rows of its place", async () => {
  open(10_000, []);
  await expect.poll(() => rowNames()[0]).toBe("r0");
  scroller().scrollTop = 7_000 * ROW_PIXELS;
  await expect.poll(() => rowNames()).toContain("r7000");
  expect(model.of("rows").length).toBe(2);
  expect(el.querySelector("table")?.hasAttribute("aria-busy")).toBe(false);
});

test("rows that fail above those in sight do not move them", async () => {
  open(1_000, []);
  await expect.poll(() => rowNames()[0]).toBe("r0");
  scroller().scrollTop = 500 * ROW_PIXELS;
  await expect.poll(() => rowNames()).toContain("r500");
  model.change({ failed: 1 }, failedRow(900));
  await expect.poll(() => scroller().scrollTop).toBe(501 * ROW_PIXELS);
});

test("a view that nobody sees asks for nothing, and catches up when it is seen", async () => {
  open();
  await expect.poll(() => rowNames()[0]).toBe("r17");
  setHidden(true);
  const before = model.of("rows").length;
  model.change({ failed: 2 }, failedRow(5));
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(model.of("rows").length).toBe(before);
  expect(statusText()).toMatch(/^1 of 300/);
  setHidden(false);
  await expect.poll(() => rowNames()[0]).toBe("r5");
  expect(statusText()).toMatch(/^2 of 300/);
});

test("once the kernel is gone, the rows stay and nothing can be pressed", async () => {
  open();
  await expect.poll(() => rowNames()[0]).toBe("r17");
  const rows = rowNames();
  connection.link.report("kernel_ended");
  await expect.poll(statusText).toBe("Stopped · the kernel has ended · 1 of 300 rows, 1 failed");
  expect(rowNames()).toEqual(rows);
  const pressable = [...el.querySelectorAll("button")].filter((each) => !each.hidden && !each.disabled);
  expect(pressable).toEqual([]);
});

test("a second output begins with the rows of the first, and each fetches its own", async () => {
  open();
  await expect.poll(() => rowNames()[0]).toBe("r17");
  const output = new AbortController();
  const second = show(output.signal);
  await animationFrames();
  expect(rowNames(second)[0]).toBe("r17");
  output.abort();
  expect(second.childElementCount).toBe(0);
  expect(model.of("here").map(({ views }) => views)).toEqual([1, 2, 1]);
});

test("a view that the host replaces without a word hands on its list and its place", async () => {
  open(
    300,
    Array.from({ length: 100 }, (_, index) => index),
  );
  await expect.poll(() => rowNames()[0]).toBe("r0");
  button("Failed only").click();
  await expect.poll(() => el.querySelector("table")?.getAttribute("aria-rowcount")).toBe("101");
  scroller().scrollTop = 50 * ROW_PIXELS;
  await expect.poll(() => rowNames()).toContain("r50");
  const first = el;
  el = show();
  first.remove();
  await expect.poll(() => views.size).toBe(1);
  expect(rowNames()).toContain("r50");
  expect(scroller().scrollTop).toBe(50 * ROW_PIXELS);
  expect(button("Failed only").getAttribute("aria-pressed")).toBe("true");
  expect(first.childElementCount).toBe(0);
  expect(model.of("here").at(-1)?.views).toBe(1);
});

test("a view whose cell is off the page is no replaced one", async () => {
  open();
  await expect.poll(() => rowNames()[0]).toBe("r17");
  const cell = newContainer(life.signal);
  cell.append(show());
  await expect.poll(() => rowNames(cell)[0]).toBe("r17");
  cell.remove();
  el = show();
  await expect.poll(() => rowNames()[0]).toBe("r17");
  expect(views.size).toBe(3);
  expect(rowNames(cell)[0]).toBe("r17");
});

test("axe finds nothing to complain about, while the run goes on and at its end", async () => {
  open();
  await expect.poll(() => rowNames()[0]).toBe("r17");
  for (const status of ["running", "done"] as const) {
    model.change({ status });
    await animationFrames();
    const { violations } = await axe.run(el, { rules: { region: { enabled: false } } });
    expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
  }
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MAX_TABLE_ROWS, ROW_PIXELS, type RowList, RowTable } from "../../src/batch/row-table.ts";
import type { Row } from "../../src/core/batch/messages.ts";
import { seeded } from "../core/random.ts";
import { animationFrames, newContainer } from "../fakes.ts";
import { failedRow, newRow } from "./fakes.ts";
import "../../src/entry/batch.css";

let life: AbortController;
let table: RowTable;
const retry = vi.fn();
const onSight = vi.fn();
const COLUMNS = ["text", "label"];

beforeEach(() => {
  life = new AbortController();
  vi.clearAllMocks();
  table = new RowTable(retry, onSight, life.signal);
  const el = newContainer(life.signal);
  el.className = "nbstream";
  el.style.width = "600px";
  el.append(table.element);
});

afterEach(() => life.abort());

function list(rows: readonly Row[], more: Partial<RowList> = {}): RowList {
  const at = (position: number) => rows[position];
  const flags = { isMissing: false, canRetry: true, isAsked: () => false };
  return { columns: COLUMNS, total: rows.length, at, ...flags, ...more };
}

function drawn(): HTMLElement[] {
  return [...table.element.querySelectorAll<HTMLElement>(".nbstream-row")];
}

function names(): (string | null | undefined)[] {
  return drawn().map((row) => row.firstElementChild?.textContent);
}

async function scrollTo(row: number): Promise<void> {
  table.element.scrollTop = row * ROW_PIXELS;
  await animationFrames();
}

const MANY = Array.from({ length: 10_000 }, (_, index) => newRow(index));

test("of ten thousand rows only those in sight and some more are in the page, at their places", async () => {
  table.paint(list(MANY));
  await animationFrames();
  expect(drawn().length).toBeLessThan(40);
  const whole = table.element.querySelector("table");
  expect(whole?.getAttribute("aria-rowcount")).toBe("10001");
  expect(whole?.offsetHeight).toBe(10_001 * ROW_PIXELS);
  await scrollTo(5_000);
  expect(table.sight.first).toBe(5_000);
  expect(drawn().length).toBeLessThan(40);
  const row = drawn().find((each) => each.getAttribute("aria-rowindex") === "5002");
  expect(row?.firstElementChild?.textContent).toBe("r5000");
  // The head of the table covers one row.
  const top = table.element.getBoundingClientRect().top + table.element.clientTop;
  expect(row?.getBoundingClientRect().top).toBe(top + ROW_PIXELS);
  expect(row?.getBoundingClientRect().height).toBe(ROW_PIXELS);
  expect(table.element.querySelector("th")?.getBoundingClientRect().top).toBe(top);
  expect(onSight).toHaveBeenCalled();
});

test("a screen reader finds a table with headers, and the box can be scrolled with the keyboard", () => {
  table.paint(list(MANY));
  expect(table.element.tabIndex).toBe(0);
  const heads = [...table.element.querySelectorAll("th")];
  expect(heads.map((head) => [head.textContent, head.getAttribute("scope")])).toEqual([
    ...["Row", "State", "text", "label"].map((name) => [name, "col"]),
  ]);
  for (const space of table.element.querySelectorAll(".nbstream-row-space"))
    expect(space.getAttribute("aria-hidden")).toBe("true");
  table.paint(list(MANY, { isMissing: true }));
  expect(table.element.querySelector("table")?.getAttribute("aria-busy")).toBe("true");
});

test("rows that have not come leave their room free", async () => {
  table.paint(
    list(MANY, { at: (position) => (position >= 30 && position < 34 ? MANY[position] : undefined) }),
  );
  await animationFrames();
  await scrollTo(28);
  expect(names()).toEqual(["r30", "r31", "r32", "r33"]);
  expect(drawn()[0]?.getAttribute("aria-rowindex")).toBe("32");
  expect(table.element.querySelector("table")?.offsetHeight).toBe(10_001 * ROW_PIXELS);
});

test("whatever rows come, go and change places, the page shows the list, and a row keeps its elements", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const random = seeded(seed);
    let rows = MANY.slice(0, 10);
    table.paint(list(rows));
    await animationFrames(1);
    for (let step = 0; step < 20; step += 1) {
      const before = new Map(drawn().map((row) => [row.firstElementChild?.textContent, row]));
      rows = [...rows]
        .filter(() => random() > 0.2)
        .sort(() => (random() < 0.7 ? 0 : random() - 0.5))
        .concat(random() < 0.5 ? newRow(100 + seed * 100 + step) : []);
      table.paint(list(rows));
      expect(names()).toEqual(rows.map(({ label }) => label));
      for (const row of drawn()) {
        const old = before.get(row.firstElementChild?.textContent);
        if (old) expect(row).toBe(old);
      }
    }
  }
});

test("a pressed button stays where it is until it is released", async () => {
  const rows = [failedRow(5), newRow(0), newRow(1)];
  table.paint(list(rows));
  await animationFrames();
  const button = table.element.querySelector("button");
  button?.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
  table.paint(list([failedRow(2), ...rows]));
  expect(names()).toEqual(["r5", "r0", "r1"]);
  button?.dispatchEvent(new PointerEvent("pointerup", { bubbles: true }));
  button?.click();
  expect(retry).toHaveBeenCalledWith(5);
  await expect.poll(names).toEqual(["r2", "r5", "r0", "r1"]);
});

test("rows that come above those in sight do not move them", async () => {
  table.paint(list(MANY));
  await animationFrames();
  table.shift(3);
  expect(table.sight.first).toBe(0);
  await scrollTo(100);
  table.shift(3);
  expect(table.sight.first).toBe(103);
});

test("a text that is cut off is the title of its cell", async () => {
  table.paint(list([newRow(0, { cells: [`${"long ".repeat(60)}\u202e`, "short"] })]));
  await animationFrames();
  const [, , long, short] = drawn()[0]?.children ?? [];
  for (const cell of [long, short]) cell?.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
  expect(long?.getAttribute("title")).toMatch(/^long .*\\u202e$/);
  expect(short?.hasAttribute("title")).toBe(false);
});

test("columns are as wide as their texts need, and the table scrolls where they need more", async () => {
  table.paint(list(MANY.slice(0, 5)));
  await animationFrames();
  const width = table.element.querySelector("table")?.offsetWidth ?? 0;
  table.paint(list([newRow(0, { cells: ["x".repeat(200), "y".repeat(200)] })]));
  await animationFrames();
  expect(table.element.querySelector("table")?.offsetWidth).toBeGreaterThan(width);
  expect(table.element.scrollWidth).toBeGreaterThan(table.element.clientWidth);
});

test("a list that is too long for a browser is cut", async () => {
  table.paint(list(MANY, { total: 2_000_000 }));
  await animationFrames();
  expect(table.element.querySelector("table")?.getAttribute("aria-rowcount")).toBe(
    String(MAX_TABLE_ROWS + 1),
  );
});

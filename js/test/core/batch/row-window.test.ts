import { expect, test } from "vitest";
import type { Row, RowFilter, RowsAnswer } from "../../../src/core/batch/messages.ts";
import { clip, RowWindow } from "../../../src/core/batch/row-window.ts";
import { seeded } from "../random.ts";

const SIGHT = 12;

function row(index: number, status: Row["status"] = "done"): Row {
  return { index, label: String(index), status, cells: [], error: null };
}

/** The kernel's rows, with the failed ones first. */
class Kernel {
  readonly rows: Row[];
  revision = 1;

  constructor(total: number) {
    this.rows = Array.from({ length: total }, (_, index) => row(index, "waiting"));
  }

  set(index: number, status: Row["status"]): void {
    this.rows[index] = row(index, status);
    this.revision += 1;
  }

  list(only: RowFilter): Row[] {
    const failed = this.rows.filter(({ status }) => status === "failed");
    return only === "failed" ? failed : [...failed, ...this.rows.filter(({ status }) => status !== "failed")];
  }

  answer({ first, count, only }: { first: number; count: number; only: RowFilter }): RowsAnswer {
    const list = this.list(only);
    const rows = list.slice(first, first + count);
    return { kind: "rows", first, only, total: list.length, revision: this.revision, rows };
  }
}

/** Ask and answer at once. */
function fill(window: RowWindow, kernel: Kernel, now = 0): boolean {
  const question = window.ask(now, kernel.revision);
  return question !== undefined && window.receive(kernel.answer(question));
}

function shownRows(window: RowWindow, first: number): (number | undefined)[] {
  return Array.from({ length: SIGHT }, (_, offset) => window.at(first + offset)?.index);
}

test("a range is clipped to its list", () => {
  expect(clip(-8, 20, 1_000)).toEqual({ first: 0, count: 20 });
  expect(clip(990, 1_030, 1_000)).toEqual({ first: 990, count: 10 });
  expect(clip(50, 70, 3)).toEqual({ first: 3, count: 0 });
});

test("the first question is asked at once, with some rows to spare", () => {
  const window = new RowWindow();
  const kernel = new Kernel(1_000);
  window.look({ first: 0, count: SIGHT }, 0);
  expect(window.isFilled).toBe(false);
  expect(window.dueAt(1)).toBeLessThanOrEqual(0);
  const question = window.ask(0, 1);
  expect(question).toEqual({ first: 0, count: SIGHT + 20, only: "all", isRepeat: false });
  expect(window.receive(kernel.answer({ first: 0, count: 32, only: "all" }))).toBe(true);
  expect([window.isFilled, window.isMissing, window.total]).toEqual([true, false, 1_000]);
  expect(window.dueAt(1)).toBe(undefined);
});

test("a short scroll needs no question, and a long one asks once it has come to rest", () => {
  const window = new RowWindow();
  const kernel = new Kernel(1_000);
  window.look({ first: 0, count: SIGHT }, 0);
  fill(window, kernel);
  window.look({ first: 10, count: SIGHT }, 1_000);
  expect([window.isMissing, window.dueAt(1)]).toEqual([false, undefined]);
  window.look({ first: 300, count: SIGHT }, 1_010);
  expect([window.isMissing, window.dueAt(1)]).toEqual([true, 1_070]);
  window.look({ first: 400, count: SIGHT }, 1_050);
  expect(window.dueAt(1)).toBe(1_110);
  // A scroll without a rest is asked for in the middle.
  window.look({ first: 500, count: SIGHT }, 1_109);
  window.look({ first: 600, count: SIGHT }, 1_150);
  expect(window.dueAt(1)).toBe(1_160);
  expect(window.ask(1_159, 1)).toBe(undefined);
  expect(window.ask(1_160, 1)).toEqual({ first: 580, count: 52, only: "all", isRepeat: false });
  // The scroll goes on before the answer has come.
  window.look({ first: 700, count: SIGHT }, 1_200);
  expect(window.dueAt(1)).toBeLessThanOrEqual(1_260);
  expect(window.ask(1_260, 1)?.first).toBe(680);
  expect(window.receive(kernel.answer({ first: 580, count: 52, only: "all" }))).toBe(false);
  expect(window.receive(kernel.answer({ first: 680, count: 52, only: "all" }))).toBe(true);
  expect([window.isMissing, window.at(700)?.index]).toEqual([false, 700]);
});

test("rows that may have changed are asked for at most twice a second, and stay meanwhile", () => {
  const window = new RowWindow();
  const kernel = new Kernel(100);
  window.look({ first: 0, count: SIGHT }, 0);
  fill(window, kernel, 1_000);
  kernel.set(3, "done");
  expect(window.dueAt(kernel.revision)).toBe(1_500);
  expect(window.at(3)?.status).toBe("waiting");
  expect(fill(window, kernel, 1_499)).toBe(false);
  expect(fill(window, kernel, 1_500)).toBe(true);
  expect(window.at(3)?.status).toBe("done");
});

test("a question without an answer is repeated, at ever longer intervals", () => {
  const window = new RowWindow();
  window.look({ first: 0, count: SIGHT }, 0);
  const asked = [];
  for (let now = 0; now <= 100_000; now += 100) {
    const question = window.ask(now, 1);
    if (question) asked.push([now, question.isRepeat]);
  }
  const times = [0, 2_000, 6_000, 14_000, 30_000, 62_000, 94_000];
  expect(asked).toEqual(times.map((now) => [now, now > 0]));
});

test("after another list is chosen, the rows of the first one stay until those of the chosen one come", () => {
  const window = new RowWindow();
  const kernel = new Kernel(100);
  kernel.set(40, "failed");
  window.look({ first: 0, count: SIGHT }, 0);
  fill(window, kernel);
  window.choose("failed");
  window.choose("failed");
  expect([window.shown, window.isMissing, window.at(1)?.index]).toEqual(["all", true, 0]);
  const question = window.ask(1, kernel.revision);
  expect(question).toMatchObject({ first: 0, only: "failed" });
  expect(window.receive(kernel.answer({ first: 0, count: 32, only: "all" }))).toBe(false);
  expect(window.receive(kernel.answer({ first: 0, count: 32, only: "failed" }))).toBe(true);
  expect([window.shown, window.total, window.at(0)?.index, window.at(1)]).toEqual([
    "failed",
    1,
    40,
    undefined,
  ]);
});

test("rows are fetched again after a lost connection", () => {
  const window = new RowWindow();
  const kernel = new Kernel(100);
  window.look({ first: 0, count: SIGHT }, 0);
  fill(window, kernel);
  window.invalidate();
  expect([window.isFilled, window.dueAt(kernel.revision)]).toEqual([true, 500]);
});

test("a later view begins with the rows of an earlier one", () => {
  const window = new RowWindow();
  window.seed(new Kernel(100).answer({ first: 0, count: 32, only: "all" }));
  window.look({ first: 0, count: SIGHT }, 0);
  expect([window.isFilled, window.isMissing, window.at(5)?.index, window.total]).toEqual([
    true,
    false,
    5,
    100,
  ]);
  expect(window.dueAt(1)).toBeLessThanOrEqual(0);
});

test("the rows' shift is the one of most rows that are still held", () => {
  const window = new RowWindow();
  const kernel = new Kernel(100);
  window.look({ first: 50, count: SIGHT }, 0);
  fill(window, kernel, 200);
  const before = new Map(Array.from({ length: SIGHT }, (_, offset) => [50 + offset, 50 + offset]));
  expect(window.shiftOf(before)).toBe(0);
  // Two rows above fail and move to the top, and one in sight does.
  for (const index of [80, 90, 52]) kernel.set(index, "failed");
  fill(window, kernel, 1_000);
  expect(window.shiftOf(before)).toBe(2);
  expect(window.shiftOf(new Map())).toBe(0);
});

test("whatever the user and the run do, the rows in sight come to be the kernel's", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const random = seeded(seed);
    const between = (limit: number) => Math.floor(random() * limit);
    const kernel = new Kernel(1 + between(400));
    const window = new RowWindow();
    let first = 0;
    let now = 0;
    const questions: number[] = [];
    const inFlight: { at: number; answer: () => RowsAnswer }[] = [];
    const step = (isLossy: boolean) => {
      now += 1 + between(40);
      const question = window.ask(now, kernel.revision);
      if (question) {
        expect(question.count).toBeLessThanOrEqual(200);
        questions.push(now);
        if (!isLossy || random() > 0.2)
          inFlight.push({ at: now + between(300), answer: () => kernel.answer(question) });
      }
      for (const due of inFlight.filter(({ at }) => at <= now)) {
        inFlight.splice(inFlight.indexOf(due), 1);
        window.receive(due.answer());
      }
    };
    for (let act = 0; act < 200; act += 1) {
      const kind = random();
      if (kind < 0.3) kernel.set(between(kernel.rows.length), random() < 0.2 ? "failed" : "done");
      else if (kind < 0.5) first = between(kernel.rows.length);
      else if (kind < 0.55) window.choose(random() < 0.5 ? "all" : "failed");
      else if (kind < 0.57) window.invalidate();
      window.look({ first, count: SIGHT }, now);
      step(true);
    }
    for (let rest = 0; rest < 6_000 && (inFlight.length > 0 || window.dueAt(kernel.revision)); rest += 1)
      step(false);
    const list = kernel.list(window.filter);
    expect([window.shown, window.total]).toEqual([window.filter, list.length]);
    expect(shownRows(window, first)).toEqual(
      Array.from({ length: SIGHT }, (_, offset) => list[first + offset]?.index),
    );
    expect(window.isMissing).toBe(false);
  }
});

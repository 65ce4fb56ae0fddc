import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Painter, type View } from "../../src/chat/painter.ts";
import { SLICE_MS, Slices } from "../../src/chat/slices.ts";
import { newTranscript, newTurn } from "../../src/core/transcript.ts";
import { TextFeed } from "../../src/view/base/text-feed.ts";
import { animationFrames, newReply, setHidden } from "../fakes.ts";

/** Measured times of a page slowed down 20 times: to render a piece of Markdown, and to lay out an update. */
const PIECE_MS = 40;
const UPDATE_MS = 100;

/** The kernel's frames at 2,000 tokens a second. */
const FRAME_MS = 120;
const FRAME_CHARS = 1_180;

/** A page whose clock advances only by its own work. */
class SlowPage {
  #now = 0;
  #due: { at: number; run: () => void }[] = [];
  readonly tasksMs: number[] = [];

  constructor() {
    vi.spyOn(performance, "now").mockImplementation(() => this.#now);
    const soon = (run: () => void, wait = 0) => this.at(this.#now + wait, run);
    const frame = (run: () => void) => this.at((Math.floor(this.#now / 17) + 1) * 17, run);
    const cancel = (due: unknown) => {
      this.#due = this.#due.filter((each) => each !== due);
    };
    vi.stubGlobal("setTimeout", soon);
    vi.stubGlobal("clearTimeout", cancel);
    vi.stubGlobal("requestAnimationFrame", frame);
    vi.stubGlobal("cancelAnimationFrame", cancel);
  }

  at(at: number, run: () => void): unknown {
    const due = { at, run };
    this.#due.push(due);
    return due;
  }

  /** Make slices whose yields are tasks of this page. */
  slices(): Slices {
    return new Slices((run) => this.at(this.#now, run));
  }

  spend(ms: number): void {
    this.#now += ms;
  }

  /** Run all timers in their order. */
  run(): void {
    while (this.#due.length > 0) {
      this.#due.sort((a, b) => a.at - b.at);
      const next = this.#due.shift();
      if (!next) return;
      this.#now = Math.max(this.#now, next.at);
      const began = this.#now;
      next.run();
      this.tasksMs.push(this.#now - began);
    }
  }
}

let life: AbortController;

/** The time that the painter has read last. On a busy machine a view is painted some milliseconds later. */
let readAt = 0;

beforeEach(() => {
  life = new AbortController();
  const now = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => {
    readAt = now();
    return readAt;
  });
});

afterEach(() => {
  life.abort();
  setHidden(false);
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

interface Bench {
  painter: Painter;
  views: Set<View>;
  waiting: number;
  painted: number[];
  /** The characters left after each update. */
  left: number[];
  running: boolean;
}

/** Make a painter of these views. Their page has no other chats, unless `slices` are given. */
function bench(...views: View[]): Bench {
  return benchIn(new Slices(), ...views);
}

function benchIn(slices: Slices, ...views: View[]): Bench {
  const transcript = newTranscript();
  const made = {
    waiting: 0,
    painted: [] as number[],
    left: [] as number[],
    running: true,
    views: new Set(views),
  } as Bench;
  transcript.turns.push({
    ...newTurn("t1", "assistant"),
    get reply() {
      return newReply({ status: made.running ? "streaming" : "done", began: 0 });
    },
  });
  made.painter = new Painter({
    views: made.views,
    transcript,
    unpaintedChars: () => made.waiting,
    onPainted: (left) => {
      made.painted.push(performance.now());
      made.left.push(left);
    },
    batchChars: 1000,
    signal: life.signal,
    slices,
  });
  return made;
}

function view(isVisible: boolean): View & { times: number[] } {
  return {
    isVisible,
    times: [],
    paint() {
      this.times.push(readAt);
      return 0;
    },
  };
}

test("a page with constant requests is painted at most ten times in any second", async () => {
  const shown = view(true);
  const { painter } = bench(shown);
  while (shown.times.length < 20) {
    painter.request();
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  const seconds = shown.times.slice(10).map((time, index) => time - (shown.times[index] ?? 0));
  expect(Math.min(...seconds)).toBeGreaterThanOrEqual(1_000);
});

test("a frame that comes late does not delay the frames after it", () => {
  const page = new SlowPage();
  const shown = view(true);
  const made = benchIn(page.slices(), shown);
  const frames = [0, 120, 300, 360, 480, 600, 790, 840, 960];
  for (const at of frames) page.at(at, () => made.painter.request());
  page.run();
  const waits = made.painted.map((at, index) => at - (frames[index] ?? 0));
  expect(waits).toHaveLength(frames.length);
  expect(Math.max(...waits)).toBeLessThanOrEqual(17);
});

test("after a pause the page is painted in the next animation frame", async () => {
  const shown = view(true);
  const { painter } = bench(shown);
  painter.request();
  expect(shown.times).toHaveLength(0);
  await animationFrames();
  expect(shown.times).toHaveLength(1);
});

test("a view out of sight is painted in large batches", async () => {
  const hidden = view(false);
  const made = bench(hidden);
  made.waiting = 999;
  made.painter.request();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(hidden.times).toHaveLength(0);
  made.waiting = 1000;
  made.painter.request();
  await expect.poll(() => hidden.times).toHaveLength(1);
  expect(made.painted).toHaveLength(1);
});

test("a view out of sight is complete when the reply has ended", async () => {
  const hidden = view(false);
  const made = bench(hidden);
  made.running = false;
  made.painter.request();
  await expect.poll(() => hidden.times).toHaveLength(1);
});

test("in a hidden tab every view counts as out of sight", async () => {
  setHidden(true);
  const shown = view(true);
  bench(shown).painter.request();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(shown.times).toHaveLength(0);
});

test("a view that comes into sight is painted before the planned update", async () => {
  const coming = view(false);
  const made = bench(coming);
  made.waiting = 5000;
  made.painter.request();
  Object.assign(coming, { seen: true });
  made.painter.request();
  await animationFrames(3);
  expect(coming.times.length).toBeGreaterThan(0);
});

test("of two views only the one in sight is painted while the reply runs", async () => {
  const [near, far] = [view(true), view(false)];
  const made = bench(near, far);
  made.painter.request();
  await animationFrames();
  expect([near.times.length, far.times.length]).toEqual([1, 0]);
  made.running = false;
  made.painter.request();
  await expect.poll(() => far.times).toHaveLength(1);
});

test("text beyond the time budget comes with the next updates, counted by the view with most of it left", async () => {
  const [short, long] = [view(true), view(true)];
  const budgets: number[] = [];
  const rest = [700, 300, 0];
  long.paint = (_, budget) => {
    budgets.push(budget);
    return rest.shift() ?? 0;
  };
  const made = bench(short, long);
  made.painter.request();
  await expect.poll(() => made.left).toEqual([700, 300, 0]);
  expect(budgets[0]).toBe(5);
  expect(Math.max(...budgets)).toBeLessThanOrEqual(SLICE_MS / 2);
  expect(short.times).toHaveLength(3);
  expect((short.times[2] ?? 0) - (short.times[0] ?? 0)).toBeGreaterThanOrEqual(159);
});

/** A view with much text, whose update takes `overheadMs` and `layoutMs` for each millisecond of text. */
function longText(page: SlowPage, overheadMs: number, layoutMs: number): View & { updatesMs: number[] } {
  return {
    isVisible: true,
    updatesMs: [],
    paint(_, budgetMs) {
      const took = overheadMs + budgetMs * (1 + layoutMs);
      page.spend(took);
      this.updatesMs.push(took);
      return this.updatesMs.length < 20 ? 1 : 0;
    },
  };
}

test.each([
  ["prose", 2, 2],
  ["prose on a page slowed down by half", 5, 2.5],
  ["code", 1, 0.1],
])("a page that falls behind catches up with %s in updates as long as a slice", (_, overhead, layout) => {
  const page = new SlowPage();
  const shown = longText(page, overhead, layout);
  const made = benchIn(page.slices(), shown);
  made.painter.request();
  page.run();
  expect(shown.updatesMs).toHaveLength(20);
  expect(Math.max(...shown.updatesMs)).toBeLessThanOrEqual(1.35 * SLICE_MS);
  expect(shown.updatesMs.at(-1)).toBeGreaterThan(0.8 * SLICE_MS);
  const gaps = made.painted.slice(10).map((time, index) => time - (made.painted[index] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
});

test("the updates of many chats come in tasks that are no longer than a slice, with input handled in between", () => {
  const page = new SlowPage();
  const slices = page.slices();
  const made = Array.from({ length: 12 }, () => {
    const shown = view(true);
    shown.paint = () => {
      page.spend(12);
      return 0;
    };
    return benchIn(slices, shown);
  });
  for (let round = 0; round < 3; round++) {
    for (const { painter } of made) painter.request();
    page.run();
  }
  expect(made.map(({ painted }) => painted.length)).toEqual(made.map(() => 3));
  // At first no update's length is known, so that each one has a task of its own.
  expect(Math.max(...page.tasksMs)).toBe(24);
  expect(page.tasksMs.filter((ms) => ms > 0).length).toBeLessThan(3 * made.length);
});

test("a page slowed down 20 times has the fastest answer within three seconds of its end, and is never blocked for one", () => {
  const page = new SlowPage();
  const block = { parts: [] as string[], length: 0 };
  const feed = new TextFeed(block, () => page.spend(PIECE_MS));
  const shown = view(true);
  const made = benchIn(page.slices(), shown);
  let last = 0;
  let longest = 0;
  shown.paint = (_, budget) => {
    const began = performance.now();
    made.waiting = feed.paint(began + budget);
    page.spend(UPDATE_MS);
    longest = Math.max(longest, performance.now() - began);
    last = performance.now();
    return made.waiting;
  };
  const end = 5_000;
  for (let at = FRAME_MS; at <= end; at += FRAME_MS) {
    page.at(at, () => {
      const part = "x".repeat(FRAME_CHARS);
      block.parts.push(part);
      block.length += part.length;
      made.waiting += part.length;
      made.painter.request();
    });
  }
  page.run();
  expect(made.waiting).toBe(0);
  expect(block.length).toBeGreaterThan(45_000);
  expect(last - end).toBeLessThan(3_000);
  expect(longest).toBeLessThan(1_000);
});

/** A view with text whose pieces take 2 ms each wherever they are made, and whose updates take 8 ms more. */
class PreparedText implements View {
  isVisible = true;
  readonly paintedAt: number[] = [];
  readonly preparedAt: number[] = [];
  readonly deadlines: number[] = [];
  left: number;
  readonly #page: SlowPage;

  constructor(page: SlowPage, chars: number) {
    this.#page = page;
    this.left = chars;
  }

  paint(_: unknown, budgetMs: number): number {
    this.paintedAt.push(performance.now());
    this.#page.spend(8);
    return this.#make(performance.now() + budgetMs);
  }

  prepare(_: unknown, deadlineMs: number): number {
    this.preparedAt.push(performance.now());
    this.deadlines.push(deadlineMs);
    return this.#make(deadlineMs);
  }

  #make(deadlineMs: number): number {
    while (this.left > 0 && performance.now() < deadlineMs) {
      this.#page.spend(2);
      this.left = Math.max(0, this.left - 1_024);
    }
    return this.left;
  }
}

/** Make a painter for a view on a page of its own. All the text of the view has been received. */
function benchOf(page: SlowPage, shown: PreparedText): Bench {
  const made = benchIn(page.slices(), shown);
  Object.defineProperty(made, "waiting", { get: () => shown.left });
  return made;
}

test("a page that is behind makes text between its updates, in slices, and delays no update by that", () => {
  const page = new SlowPage();
  const shown = new PreparedText(page, 160_000);
  const made = benchOf(page, shown);
  made.painter.request();
  page.run();
  expect(shown.left).toBe(0);
  expect(Math.max(...page.tasksMs)).toBeLessThanOrEqual(SLICE_MS + 2);
  const unprepared = new SlowPage();
  const other = new PreparedText(unprepared, 160_000);
  other.prepare = () => Number.POSITIVE_INFINITY;
  benchOf(unprepared, other).painter.request();
  unprepared.run();
  expect(shown.paintedAt).toEqual(other.paintedAt.slice(0, shown.paintedAt.length));
  expect(other.paintedAt.length).toBeGreaterThan(2 * shown.paintedAt.length);
  const spare = shown.deadlines.map((end) => (shown.paintedAt.find((at) => at > end) ?? end + 17) - end);
  expect(Math.min(...spare)).toBeGreaterThanOrEqual(17);
  // 157 pieces take 314 ms. Updates alone would take a tenth of a second for six of them.
  expect(shown.paintedAt.at(-1)).toBeLessThan(700);
  expect(made.left.length).toBe(shown.paintedAt.length + shown.preparedAt.length);
  expect(made.left.at(-1)).toBe(0);
});

test("text that comes long before the next update is made at once, and shown when that is due", () => {
  const page = new SlowPage();
  const shown = new PreparedText(page, 100);
  const made = benchOf(page, shown);
  made.painter.request();
  page.run();
  page.at(30, () => {
    shown.left = 9_000;
    made.painter.request();
    made.painter.request();
  });
  page.run();
  expect(shown.preparedAt).toEqual([30]);
  expect(made.left).toEqual([0, 0, 0]);
  expect(shown.paintedAt[1]).toBeGreaterThan((shown.paintedAt[0] ?? 0) + 49);
});

test.each([
  ["little text", 4_095, true, false],
  ["a view out of sight", 9_000, false, false],
  ["a hidden tab", 9_000, true, true],
])("nothing is made between two updates for %s", (_, left, isVisible, isHidden) => {
  const page = new SlowPage();
  const shown = new PreparedText(page, 0);
  const made = benchOf(page, shown);
  made.painter.request();
  page.run();
  Object.assign(shown, { left, isVisible });
  setHidden(isHidden);
  made.painter.request();
  page.run();
  expect(shown.preparedAt).toEqual([]);
  expect(shown.left).toBe(0);
});

test("no text counts as ready if the view has gone out of sight", () => {
  const page = new SlowPage();
  const shown = new PreparedText(page, 0);
  const made = benchOf(page, shown);
  made.painter.request();
  page.run();
  shown.left = 9_000;
  made.painter.request();
  shown.isVisible = false;
  page.at(performance.now() + 1, () => expect(made.left).toEqual([0]));
  page.run();
  expect(made.left.length).toBe(shown.paintedAt.length);
});

test("nothing is made between two updates for a view out of sight beside another one", () => {
  const page = new SlowPage();
  const [near, far] = [new PreparedText(page, 60_000), new PreparedText(page, 60_000)];
  far.isVisible = false;
  const made = benchOf(page, near);
  made.views.add(far);
  made.painter.request();
  page.run();
  expect(near.preparedAt.length).toBeGreaterThan(0);
  expect(far.preparedAt).toEqual([]);
});

test("text counts as ready only if all views in sight know how much of it is left", () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const page = new SlowPage();
  const shown = new PreparedText(page, 60_000);
  const unknown = view(true);
  const broken = view(true);
  broken.prepare = () => {
    throw new Error("a view that cannot prepare");
  };
  for (const other of [unknown, broken]) {
    shown.left = 60_000;
    const made = benchOf(page, shown);
    made.views.add(other);
    const before = shown.paintedAt.length;
    made.painter.request();
    page.run();
    expect(made.left.length).toBe(shown.paintedAt.length - before);
  }
});

test("a view that throws does not stop the other views", async () => {
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  const [broken, sound] = [view(true), view(true)];
  broken.paint = () => {
    throw new Error("a broken view");
  };
  const made = bench(broken, sound);
  made.painter.request();
  await expect.poll(() => sound.times).toHaveLength(1);
  expect(made.left).toEqual([0]);
  expect(error).toHaveBeenCalledOnce();
  error.mockRestore();
});

test("a browser without animation frames is painted after a timeout", async () => {
  const real = window.requestAnimationFrame;
  window.requestAnimationFrame = () => 0;
  try {
    const shown = view(true);
    bench(shown).painter.request();
    await expect.poll(() => shown.times).toHaveLength(1);
  } finally {
    window.requestAnimationFrame = real;
  }
});

test("without views, and after the signal has aborted, nothing is planned", async () => {
  const empty = bench();
  empty.painter.request();
  const shown = view(true);
  const made = bench(shown);
  made.painter.request();
  life.abort();
  made.painter.request();
  await animationFrames(3);
  expect([empty.painted, shown.times]).toEqual([[], []]);
});

test("a clock that is set back delays no update", async () => {
  const shown = view(true);
  const { painter } = bench(shown);
  painter.request();
  await expect.poll(() => shown.times.length).toBe(1);
  const back = vi.spyOn(Date, "now").mockReturnValue(0);
  painter.request();
  await expect.poll(() => shown.times.length).toBe(2);
  back.mockRestore();
});

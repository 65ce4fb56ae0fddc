import { beforeEach, expect, test } from "vitest";
import type { Reply } from "../../../src/core/reply.ts";
import { type Block, newBlock, newTurn, type Turn } from "../../../src/core/transcript.ts";
import { ReplyStats } from "../../../src/view/status/reply-stats.ts";
import { newReply } from "../../fakes.ts";
import { VALUES } from "../payloads.ts";

type Answered = Turn & { reply: Reply };

let figures: ReplyStats;

beforeEach(() => {
  figures = new ReplyStats();
});

function block(type: string, characters: number, openedAt: number, closedAt?: number): Block {
  return { ...newBlock(type, openedAt), length: characters, closedAt };
}

function turn(reply: Partial<Reply>, ...blocks: Block[]): Answered {
  return { ...newTurn("t1", "assistant"), blocks, reply: newReply(reply) };
}

function render(of: Answered, now = 0): string {
  figures.paint(of, now);
  return figures.element.textContent;
}

test("a waiting reply shows only seconds", () => {
  expect(render(turn({ status: "waiting" }), 13)).toBe(" · 3 s");
  expect(render(turn({ status: "waiting" }), 210)).toBe(" · 3 min 20 s");
});

test("a streaming reply shows tokens, speed, seconds and dollars, with estimates marked as such", () => {
  const running = turn({ firstTextAt: 12, cost: 0.0021, rate: 0.025 }, block("text", 512, 12));
  expect(render(running, 14)).toBe(" · about 128 tokens · 64 tokens/s · 4 s · about $0.0053");
  expect(figures.element.title.split("\n")).toEqual([
    "128 tokens so far, estimated from the length of the text",
    "64 tokens a second while Claude wrote",
    "4 s so far",
    "about $0.0053, estimated from the list prices",
  ]);
});

test("the figures of a running reply change with its seconds, and at once when it ends", () => {
  const running = turn({ firstTextAt: 12 }, block("text", 512, 12));
  expect(render(running, 14)).toBe(" · about 128 tokens · 64 tokens/s · 4 s");
  running.blocks.push(block("text", 40, 14));
  expect(render(running, 14.4)).toBe(" · about 128 tokens · 64 tokens/s · 4 s");
  expect(render(running, 14.5)).toBe(" · about 138 tokens · 46 tokens/s · 5 s");
  running.reply = newReply({ status: "done", ended: 14.5, usage: { output_tokens: 9 } });
  expect(render(running, 14.5)).toBe(" · 9 out · 5 s");
});

test("a finished reply shows each kind of token that the API counted", () => {
  const usage = {
    input_tokens: 1_004,
    cache_creation_input_tokens: 200,
    output_tokens: 567,
    cache_read_input_tokens: 1_000,
  };
  const done = turn(
    { status: "done", usage, firstTextAt: 10.8, ended: 20.1, cost: 0.0123 },
    block("text", 9, 10.8, 20.1),
  );
  expect(render(done)).toBe(
    " · 1,204 in · 567 out · 1,000 cached · first after 0.8 s · 61 tokens/s · 10 s · $0.0123",
  );
  expect(figures.element.title.split("\n")).toEqual([
    "1,204 tokens sent to Claude, 200 of them kept in the cache",
    "567 tokens written by Claude",
    "1,000 tokens read from the cache",
    "Claude began to write after 0.8 s",
    "61 tokens a second while Claude wrote",
    "10 s from question to end",
    "$0.0123, estimated from the list prices",
  ]);
});

test("without a price there are no dollars, and from one dollar on there are only cents", () => {
  expect(render(turn({ status: "done", ended: 11, usage: { output_tokens: 1 } }))).toBe(" · 1 out · 1 s");
  const dear = turn({ status: "done", ended: 11, usage: { output_tokens: 1 }, cost: 12.3456 });
  expect(render(dear)).toBe(" · 1 out · 1 s · $12.35");
});

test("for a reply that broke off the input is exact and the rest an estimate", () => {
  const usage = { input_tokens: 50, output_tokens: 1 };
  const stopped = turn({ status: "stopped", usage, ended: 13, cost: 0.001 }, block("text", 400, 11, 13));
  expect(render(stopped)).toBe(" · 50 in · about 100 out · 3 s · about $0.0010");
});

test("text that the kernel's cost includes is not added again", () => {
  const priced = { firstTextAt: 12, cost: 0.01, rate: 0.1 };
  expect(render(turn({ ...priced, countedChars: 400 }, block("text", 400, 12)), 13)).toContain("$0.0100");
  const grown = block("text", 800, 12);
  expect(render(turn({ ...priced, countedChars: 400 }, grown), 13)).toContain("$0.0200");
  expect(render(turn({ ...priced, cost: 0.03, countedChars: 800 }, grown), 13)).toContain("$0.0300");
});

test("the speed counts only the time in which Claude wrote, without tools and their results", () => {
  const blocks = [
    block("tool_use", 400, 12, 13),
    block("tool_result", 9_999, 50, 50),
    block("text", 400, 60),
  ];
  expect(render(turn({ firstTextAt: 12 }, ...blocks), 61)).toContain(" · about 200 tokens · 100 tokens/s · ");
});

test("very short writing shows no speed", () => {
  expect(render(turn({ firstTextAt: 12 }, block("text", 400, 12)), 12.3)).toBe(" · about 100 tokens · 2 s");
});

test("without a reply there are no figures", () => {
  figures.paint(turn({ status: "waiting" }), 13);
  expect(figures.element.querySelector(".nbstream-figure")?.textContent).toBe("3 s");
  figures.paint(undefined);
  expect(figures.element.outerHTML).toContain('aria-expanded="false" hidden=""></button>');
});

test("usage fields that are not numbers count as missing", () => {
  for (const value of VALUES) {
    const usage = { input_tokens: value, output_tokens: value, cache_read_input_tokens: value };
    expect(render(turn({ status: "done", usage, ended: 11 }))).not.toMatch(/NaN|undefined|null|object/);
  }
});

test("unchanged figures are not written again", () => {
  const done = turn({ status: "done", ended: 11, usage: { output_tokens: 1 } });
  render(done);
  const node = figures.element.querySelector(".nbstream-figure");
  render(done);
  expect(figures.element.querySelector(".nbstream-figure")).toBe(node);
});

test("a context that is half full or more is told", () => {
  const ended = turn({ status: "done", ended: 12, contextPercent: 63 });
  expect(render(ended)).toContain(" · context 63 % full");
  // It is in sight without a press.
  expect(figures.element.lastElementChild?.className).toBe("nbstream-stat");
  expect(figures.element.title).toContain("fills 63 % of the model's context window");
  expect(render(turn({ status: "done", ended: 12 }))).not.toContain("context");
});

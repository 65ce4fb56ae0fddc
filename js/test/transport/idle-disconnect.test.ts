import { beforeEach, expect, test, vi } from "vitest";
import { Rest } from "../../src/transport/idle-disconnect.ts";

let told: string[];
let idle: boolean;
let rest: Rest;

beforeEach(() => {
  vi.useFakeTimers();
  [told, idle] = [[], true];
  rest = new Rest(
    () => idle,
    () => told.push("leave"),
    () => told.push("come back"),
  );
  return () => vi.useRealTimers();
});

test("only who is not seen leaves, five seconds after the last that went on", () => {
  rest.seen(false);
  rest.look();
  vi.advanceTimersByTime(60_000);
  expect(told).toEqual([]);
  rest.seen(true);
  vi.advanceTimersByTime(4_000);
  rest.look();
  vi.advanceTimersByTime(4_000);
  idle = false;
  vi.advanceTimersByTime(20_000);
  expect(told).toEqual([]);
  idle = true;
  vi.advanceTimersByTime(5_000);
  expect(told).toEqual(["leave"]);
});

test("who is seen again comes back once, and who never left does not", () => {
  rest.seen(true);
  vi.advanceTimersByTime(4_999);
  rest.seen(false);
  vi.advanceTimersByTime(60_000);
  rest.seen(true);
  vi.advanceTimersByTime(5_000);
  for (const hidden of [true, false, false]) rest.seen(hidden);
  vi.advanceTimersByTime(3_600_000);
  expect(told).toEqual(["leave", "come back"]);
});

test("who stays away comes for a moment every twenty minutes", () => {
  rest.seen(true);
  vi.advanceTimersByTime(5_000);
  rest.look();
  vi.advanceTimersByTime(20 * 60_000);
  expect(told).toEqual(["leave", "come back"]);
  vi.advanceTimersByTime(5_000);
  expect(told).toEqual(["leave", "come back", "leave"]);
});

test("who is busy comes back, and stays as long as after any other end", () => {
  rest.seen(true);
  rest.busy();
  vi.advanceTimersByTime(5_000);
  rest.busy();
  vi.advanceTimersByTime(4_999);
  expect(told).toEqual(["leave", "come back"]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual(["leave", "come back", "leave"]);
});

test("after its end nothing happens", () => {
  rest.seen(true);
  rest.end();
  rest.look();
  vi.advanceTimersByTime(3_600_000);
  expect(told).toEqual([]);
});

import { expect, test } from "vitest";
import { decide, type Follow } from "../../src/core/scroll-follow.ts";

const end: Follow = { following: true, top: 100 };
const away: Follow = { following: false, top: 40 };

test("a box at its end follows", () => {
  expect(decide(away, { top: 100, height: 50, content: 150 }).following).toBe(true);
});

test("a rounded position at the end follows", () => {
  expect(decide(away, { top: 98.6, height: 50, content: 150 }).following).toBe(true);
});

test("content that grew before the decision does not count as the reader's move", () => {
  expect(decide(end, { top: 100, height: 50, content: 400 }).following).toBe(true);
});

test("a reader who scrolled up, be it a little, is let go, also when text landed meanwhile", () => {
  expect(decide(end, { top: 95, height: 50, content: 150 }).following).toBe(false);
  expect(decide(end, { top: 95, height: 50, content: 400 }).following).toBe(false);
});

test("a reader who is away stays away until the end is reached", () => {
  expect(decide(away, { top: 60, height: 50, content: 400 }).following).toBe(false);
  expect(decide(away, { top: 350, height: 50, content: 400 }).following).toBe(true);
});

test("content that shrank keeps the box at its end", () => {
  expect(decide(end, { top: 30, height: 50, content: 80 }).following).toBe(true);
});

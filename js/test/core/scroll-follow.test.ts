import { expect, test } from "vitest";
import { decideFollow, type FollowState } from "../../src/core/scroll-follow.ts";

const end: FollowState = { following: true, top: 100 };
const away: FollowState = { following: false, top: 40 };

test("a box at its end follows", () => {
  expect(decideFollow(away, { top: 100, height: 50, content: 150 }).following).toBe(true);
});

test("a rounded position at the end follows", () => {
  expect(decideFollow(away, { top: 98.6, height: 50, content: 150 }).following).toBe(true);
});

test("content that grew before the decision does not count as the reader's move", () => {
  expect(decideFollow(end, { top: 100, height: 50, content: 400 }).following).toBe(true);
});

test("a reader who scrolled up, be it a little, is let go, also when text landed meanwhile", () => {
  expect(decideFollow(end, { top: 95, height: 50, content: 150 }).following).toBe(false);
  expect(decideFollow(end, { top: 95, height: 50, content: 400 }).following).toBe(false);
});

test("a reader who is away stays away until the end is reached", () => {
  expect(decideFollow(away, { top: 60, height: 50, content: 400 }).following).toBe(false);
  expect(decideFollow(away, { top: 350, height: 50, content: 400 }).following).toBe(true);
});

test("content that shrank keeps the box at its end", () => {
  expect(decideFollow(end, { top: 30, height: 50, content: 80 }).following).toBe(true);
});

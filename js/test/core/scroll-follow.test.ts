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

test("content that grew before the decision does not count as scrolling away", () => {
  expect(decideFollow(end, { top: 100, height: 50, content: 400 }).following).toBe(true);
});

test("a user who scrolled up, even a little, is not followed, even if text arrived meanwhile", () => {
  expect(decideFollow(end, { top: 95, height: 50, content: 150 }).following).toBe(false);
  expect(decideFollow(end, { top: 95, height: 50, content: 400 }).following).toBe(false);
});

test("a user who scrolled away is followed again only at the end", () => {
  expect(decideFollow(away, { top: 60, height: 50, content: 400 }).following).toBe(false);
  expect(decideFollow(away, { top: 350, height: 50, content: 400 }).following).toBe(true);
});

test("content that shrinks leaves the box at its end", () => {
  expect(decideFollow(end, { top: 30, height: 50, content: 80 }).following).toBe(true);
});

import { expect, test } from "vitest";
import { escapeActive, escapeUrl } from "../../../src/core/saved/safe-inline.ts";

test("a code span with active text is an element", () => {
  expect(escapeActive("`<b>` `a`", true)).toBe("<code>&#60;b&#62;</code> `a`");
});

test("addresses have no mark of a formula or a substitution", () => {
  expect(escapeUrl("https://x.y/$a{{b")).toBe("https://x.y/%24a%7B%7Bb");
});

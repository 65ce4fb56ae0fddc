import { expect, test } from "vitest";
import * as table from "../../src/core/page-text.ts";

/** Yield the path and the text of every entry. A text with parts that vary is filled with numbered words. */
function* textsOf(entry: unknown, path: string): Generator<readonly [path: string, text: string]> {
  if (typeof entry === "string") yield [path, entry];
  else if (typeof entry === "function") {
    const words = Array.from({ length: entry.length }, (_, index) => `part${index}`);
    const text: string = entry(...words);
    yield [path, text];
    for (const word of words.filter((word) => path.endsWith("progress") === false || word !== "part2"))
      expect(text, path).toContain(word);
  } else
    for (const [name, value] of Object.entries(entry as object)) yield* textsOf(value, `${path}.${name}`);
}

const TEXTS = [...textsOf(table, "")];

test("every text says something, and has no blank that was left over", () => {
  const unnamed = new Set([".TOOL_TEXT.states.known", ".BATCH_TEXT.statuses.running"]);
  for (const [path, text] of TEXTS) {
    if (unnamed.has(path)) continue;
    expect(text.trim(), path).not.toBe("");
    expect(text, path).not.toMatch(/ {2}|undefined| $/);
  }
  expect(TEXTS.length).toBeGreaterThan(150);
});

test("one thing is named in the singular", () => {
  expect(table.UNIT_TEXT.pages(1)).toBe("1 page");
  expect(table.UNIT_TEXT.pages(2)).toBe("2 pages");
  expect(table.BATCH_TEXT.progress("0", "1", true)).toBe("0 of 1 row");
  expect(table.BATCH_TEXT.rate("1")).toBe("1 row a minute");
  expect(table.BATCH_TEXT.tokens("1", "2")).toBe("1 token sent to Claude, 2 written");
  expect(table.UNIT_TEXT.bytes(1)).toBe("1 byte");
  expect(table.BLOCK_TEXT.tableRows(1)).toBe("Table, 1 row");
  expect(table.CODE_TEXT.lines("Code", 1)).toBe("Code, 1 line");
  const { tokens, tokensTitle, speed, outputTitle } = table.FIGURE_TEXT;
  expect([tokens("1"), speed(1), outputTitle("1")]).toEqual([
    "1 token",
    "1 token/s",
    "1 token written by Claude",
  ]);
  expect([tokens("21"), speed(2)]).toEqual(["21 tokens", "2 tokens/s"]);
  expect(tokensTitle("1")).toMatch(/^1 token so far/);
});

test("the names that users, screen readers and tests rely on are as promised", () => {
  const { CHAT_TEXT, COMPOSER_TEXT, COPY_TEXT, STATUS_TEXT, TURN_TEXT } = table;
  expect([CHAT_TEXT.stop, COMPOSER_TEXT.box, COMPOSER_TEXT.send, COMPOSER_TEXT.model]).toEqual([
    "Stop",
    "Message",
    "Send",
    "Model",
  ]);
  expect([COPY_TEXT.answer[0], COPY_TEXT.code[0]]).toEqual(["Copy answer", "Copy code"]);
  expect([TURN_TEXT.actions.retry[0], TURN_TEXT.actions.continue[0], STATUS_TEXT.move]).toEqual([
    "Retry",
    "Continue",
    "Continue here",
  ]);
});

import { expect, test } from "vitest";
import cases from "../../../tests/fixtures/control_characters.json" with { type: "json" };
import { escapeControls } from "../../src/core/control-characters.ts";

test.each(cases)("both sides show the same: $name", ({ text, shown }) => {
  expect(escapeControls(text)).toBe(shown);
});

import { expect, test } from "vitest";
import { NOTES } from "../../src/core/end-messages.ts";

test("each end that is told of is told in whole sentences", () => {
  for (const note of Object.values(NOTES)) expect(note).toMatch(/^[A-Z].*\.$/);
});

import { expect, test } from "vitest";
import * as notes from "../../../src/core/saved/saved-notes.ts";

test.each(Object.entries(notes))("the note %s is a whole sentence", (_, note) => {
  expect(note).toMatch(/^[A-Z].*\.$/);
});

import { expect, test } from "vitest";
import attachMenu from "../../../src/lazy/variables.ts";
import type { AttachMenu } from "../../../src/view/composer/variable-source.ts";

test("the asset is what the message box expects", () => {
  expect(attachMenu satisfies AttachMenu).toBeTypeOf("function");
});

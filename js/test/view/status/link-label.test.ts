import { expect, test } from "vitest";
import { lossLabel } from "../../../src/view/status/link-label.ts";

test("each way to lose the far side has its words", () => {
  expect(lossLabel("kernel_restarted")).toBe("the kernel was restarted");
  expect(lossLabel("server_forgot")).toBe("the server no longer has this chat");
  expect(lossLabel(undefined)).toBe("the kernel has ended");
});

import { expect, test, vi } from "vitest";
import { runGuarded } from "../../src/chat/guard.ts";

test("an error is reported once, and the code after it runs", () => {
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  const fail = () => {
    throw new Error("broken in the guard's test");
  };
  runGuarded(fail);
  runGuarded(fail);
  const ran = vi.fn();
  runGuarded(ran);
  expect(error).toHaveBeenCalledOnce();
  expect(ran).toHaveBeenCalledOnce();
  error.mockRestore();
});

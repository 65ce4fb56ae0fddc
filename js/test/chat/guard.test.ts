import { expect, test, vi } from "vitest";
import { guarded } from "../../src/chat/guard.ts";

test("what throws is said once, and what follows goes on", () => {
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  const fail = () => {
    throw new Error("broken in the guard's test");
  };
  guarded(fail);
  guarded(fail);
  const ran = vi.fn();
  guarded(ran);
  expect(error).toHaveBeenCalledOnce();
  expect(ran).toHaveBeenCalledOnce();
  error.mockRestore();
});

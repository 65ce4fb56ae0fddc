import { expect, test } from "vitest";
import { DETACHED } from "../../../src/view/markdown/context.ts";

test("in the detached environment scheduled work runs after the current task", async () => {
  const order: string[] = [];
  const done = new Promise<void>((resolve) => {
    DETACHED.schedule(() => {
      order.push("later");
      resolve();
    });
  });
  order.push("now");
  await done;
  expect(order).toEqual(["now", "later"]);
  expect(DETACHED.insertCode).toBeUndefined();
});

import { expect, test } from "vitest";
import { WayChoice } from "../../src/core/way.ts";

const BOTH = ["control", "comm"];

test("until the kernel has named a way, questions go by the control channel, and all else goes both ways", () => {
  const choice = new WayChoice();
  expect(choice.waysFor("resync", false)).toEqual(["control"]);
  expect(choice.waysFor("request_asset", false)).toEqual(["control"]);
  for (const kind of ["ack", "stop", "prompt", "bye"] as const)
    expect(choice.waysFor(kind, false)).toEqual(BOTH);
});

test.each(["control", "comm"] as const)(
  "once the kernel was reached by %s, everything goes that way",
  (via) => {
    const choice = new WayChoice();
    choice.heard(via);
    for (const kind of ["resync", "request_asset", "ack", "stop", "bye"] as const)
      expect(choice.waysFor(kind, false)).toEqual([via]);
    expect(choice.waysFor("stop", true)).toEqual(BOTH);
    expect(choice.waysFor("stop", false)).toEqual([via]);
  },
);

test("the control channel is the better way, whichever answer comes last", () => {
  const choice = new WayChoice();
  choice.heard("comm");
  choice.heard("control");
  choice.heard("comm");
  expect(choice.waysFor("ack", false)).toEqual(["control"]);
});

test("after a resync without an answer the way is open again", () => {
  const choice = new WayChoice();
  choice.heard("control");
  expect(choice.waysFor("resync", true)).toEqual(BOTH);
  expect(choice.waysFor("ack", false)).toEqual(BOTH);
  choice.heard("comm");
  expect(choice.waysFor("ack", false)).toEqual(["comm"]);
});

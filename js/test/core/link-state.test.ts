import { expect, test } from "vitest";
import { afterEvent, isAtRest, type LinkEvent, type LinkState } from "../../src/core/link-state.ts";

const STATES: LinkState[] = ["connected", "away", "lost", "moving", "moved"];
const EVENTS: LinkEvent[] = ["cut", "restored", "vanished", "move", "refused", "arrived"];

test("the table has exactly these changes", () => {
  const changes = STATES.flatMap((state) =>
    EVENTS.flatMap((event) => {
      const next = afterEvent(state, event);
      return next ? [`${state} ${event} ${next}`] : [];
    }),
  );
  expect(changes).toEqual([
    "connected cut away",
    "connected vanished lost",
    "away restored connected",
    "away vanished lost",
    "lost move moving",
    "moving refused lost",
    "moving arrived moved",
  ]);
});

test("a conversation is at rest from its loss on", () => {
  expect(STATES.filter(isAtRest)).toEqual(["lost", "moving", "moved"]);
});

import { expect, test } from "vitest";
import { isDone, isEventStream, parseData, positionOf } from "../../src/sse/events.ts";

const message = (data: string, event?: string) => ({ id: undefined, event, data });

test("an event's data is a JSON object; other events, and other JSON, are passed over", () => {
  expect(parseData(message('{"text":"Hi"}'), false)).toEqual({ text: "Hi" });
  expect(parseData(message('{"text":"Hi"}', "ping"), false)).toBeUndefined();
  expect(parseData(message("null"), false)).toBeUndefined();
});

test("broken JSON is an error, except at the end of the stream, where it may be cut", () => {
  expect(() => parseData(message('{"te'), false)).toThrow("not JSON");
  expect(parseData(message('{"te'), true)).toBeUndefined();
});

test.each([
  ["a-stream-12", 12],
  ["12", 12],
  ["a-stream-", Number.NaN],
  [undefined, Number.NaN],
])("the position of %s is %d", (id, position) => {
  expect(positionOf(id)).toBe(position);
});

test("only `done: true` ends an answer", () => {
  expect([isDone({ done: true }), isDone({ done: 1 }), isDone({})]).toEqual([true, false, false]);
});

test("an event without data is passed over, as the keep-alive of a proxy", () => {
  for (const data of ["", " ", "\n", "\n\n"]) expect(parseData(message(data), false)).toBeUndefined();
});

test.each([
  ["text/event-stream", true],
  ["TEXT/EVENT-STREAM", true],
  ["Text/Event-Stream; charset=UTF-8", true],
  [" text/event-stream ;x", true],
  ["text/event-streams", false],
  ["application/json; text/event-stream", false],
  ["", false],
  [null, false],
])("whether %j is a stream of events: %s", (contentType, expected) => {
  expect(isEventStream(contentType)).toBe(expected);
});

import { expect, test } from "vitest";
import { errorFrom, isFinal, isTransient, StreamError } from "../../src/sse/errors.ts";

test("an error has the server's sentence, status and data", async () => {
  const error = await errorFrom(Response.json({ error: "No.", limit: 3 }, { status: 413 }), "api/stream");
  expect(error).toBeInstanceOf(StreamError);
  expect(error).toMatchObject({ name: "StreamError", message: "No.", status: 413, data: { limit: 3 } });
});

test.each([
  [new Response("", { status: 502, statusText: "Bad Gateway" }), "api/stream answered 502 Bad Gateway."],
  [Response.json({ error: { message: "no sentence" } }, { status: 400 }), "api/stream answered 400."],
  [Response.json([]), "api/stream answered something else than a stream of events."],
])("without a sentence from the server the error has the status", async (response, message) => {
  expect(await errorFrom(response, "api/stream")).toMatchObject({ message });
});

test.each([500, 502, 503, 408, 429])("%d is transient", (status) => {
  expect([isTransient({ status }), isFinal({ status })]).toEqual([true, false]);
});

test.each([400, 401, 404, 409, 410, 413])("%d is final", (status) => {
  expect([isTransient({ status }), isFinal({ status })]).toEqual([false, true]);
});

test.each([200, 0, undefined])("%s is not final", (status) => {
  expect(isFinal(status === undefined ? {} : { status })).toBe(false);
});

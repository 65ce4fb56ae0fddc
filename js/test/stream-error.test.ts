import { expect, test } from "vitest";
import { refusal, StreamError } from "../src/stream-error.ts";

test("a refusal has the server's sentence, status and data", async () => {
  const error = await refusal(Response.json({ error: "No.", limit: 3 }, { status: 413 }), "api/stream");
  expect(error).toBeInstanceOf(StreamError);
  expect(error).toMatchObject({ name: "StreamError", message: "No.", status: 413, data: { limit: 3 } });
});

test.each([
  [new Response("", { status: 502, statusText: "Bad Gateway" }), "api/stream answered 502 Bad Gateway."],
  [Response.json({ error: { message: "no sentence" } }, { status: 400 }), "api/stream answered 400."],
  [Response.json([]), "api/stream answered something else than a stream of events."],
])("without one it says what is known", async (response, message) => {
  expect(await refusal(response, "api/stream")).toMatchObject({ message });
});

import { expect, test } from "vitest";
import { newId, streamUrl } from "../../src/sse/address.ts";

test.each([
  ["api/stream", "api/stream/a1"],
  ["https://a.b/api/stream?key=x/y", "https://a.b/api/stream/a1?key=x/y"],
  ["/api/stream#top", "/api/stream/a1#top"],
])("the id goes behind the path of %s", (url, expected) => {
  expect(streamUrl(url, "a1")).toBe(expected);
});

test("each id is another one, of 32 hexadecimal digits", () => {
  const ids = Array.from({ length: 50 }, newId);
  expect(new Set(ids).size).toBe(50);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
});

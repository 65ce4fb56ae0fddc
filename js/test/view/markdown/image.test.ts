import { expect, test } from "vitest";
import { imageNode } from "../../../src/view/markdown/image.ts";

const DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";

test("an image shows its text and its host until the user loads it", () => {
  const node = imageNode("https://evil.example/p.png?secret", "a chart", "");
  expect(node.textContent).toBe("a chart (evil.example) Load image");
  expect(node.querySelector("img")).toBeNull();
});

test("the user's click loads the image without a referrer", () => {
  const node = imageNode(DOT, "a dot", "title");
  node.querySelector("button")?.click();
  const image = node.querySelector("img");
  expect(image?.src).toBe(DOT);
  expect(image?.alt).toBe("a dot");
  expect(image?.referrerPolicy).toBe("no-referrer");
  expect(node.textContent).toBe("");
});

test.each([
  "javascript:1",
  "data:image/svg+xml,<svg/>",
  "data:text/html,x",
  "file:///x",
  "/x.png",
  "//x/y.png",
])("an image from %j cannot be loaded at all", (src) => {
  const node = imageNode(src, "", "");
  expect(node.querySelector("button")).toBeNull();
  expect(node.textContent).toBe("Image");
});

test("an image that fails to load says so", async () => {
  const node = imageNode("data:image/png;base64,AAAA", "broken", "");
  node.querySelector("button")?.click();
  await expect.poll(() => node.textContent).toContain("broken (could not be loaded");
});

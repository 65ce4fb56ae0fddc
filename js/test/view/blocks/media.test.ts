import { expect, test } from "vitest";
import { newBlock } from "../../../src/core/transcript.ts";
import { Media } from "../../../src/view/blocks/media.ts";
import { PIXEL } from "../payloads.ts";

function render(type: string, data: object): HTMLElement {
  const media = new Media(newBlock(type, 0, { ...data }));
  media.paint();
  return media.element;
}

test("an image is small and has its name and size as alternative text", () => {
  const node = render("image", {
    name: "plot.png",
    media_type: "image/png",
    data: PIXEL,
    size: 120_400,
    width: 640,
    height: 480,
  });
  const image = node.querySelector("img");
  expect(image?.alt).toBe("plot.png · 120 kB");
  expect(image?.title).toBe("plot.png · 120 kB");
  expect([image?.getAttribute("width"), image?.getAttribute("height")]).toEqual(["640", "480"]);
});

test.each([
  [{ name: "report.pdf", pages: 3, size: 1_234_567 }, "report.pdf · 3 pages · 1.2 MB"],
  [{ name: "a.txt", pages: 1, size: 12 }, "a.txt · 1 page · 12 bytes"],
  [{}, "Document"],
  [{ name: 7, pages: "3", size: null }, "Document"],
])("a document is a line with its name and facts: %j", (data, text) => {
  expect(render("document", data).textContent).toBe(text);
});

test("an image at an address is named and not requested", () => {
  const node = render("image", { name: "https://evil.example/i.png" });
  expect(node.querySelector("img")).toBeNull();
  expect(node.textContent).toBe("https://evil.example/i.png");
});

test("an unsupported or broken image is a line", async () => {
  for (const media_type of ["image/svg+xml", "text/html", "image/png,x", 7])
    expect(
      render("image", { media_type, data: `<svg onload="alert(1)">` }).querySelector("svg, script"),
    ).toBeNull();
  const broken = render("image", { name: "b", media_type: "image/png", data: "AAAA" });
  await expect.poll(() => broken.textContent).toBe("b");
});

test("impossible sides keep no place", () => {
  for (const width of [0, -5, 1e9, "10", Number.NaN]) {
    const image = render("image", { media_type: "image/png", data: PIXEL, width, height: 10 }).querySelector(
      "img",
    );
    expect(image?.hasAttribute("width")).toBe(false);
  }
});

test("data that comes with the block's end is shown then, and nothing is made twice", () => {
  const block = newBlock("image", 0, { name: "a" });
  const media = new Media(block);
  media.paint();
  const first = media.element.firstChild;
  media.paint();
  expect(media.element.firstChild).toBe(first);
  block.data = { name: "a", media_type: "image/png", data: PIXEL };
  media.paint();
  expect(media.element.querySelector("img")).not.toBeNull();
});

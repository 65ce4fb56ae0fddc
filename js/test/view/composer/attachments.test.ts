import { beforeEach, expect, test, vi } from "vitest";
import { Attachments, isFile } from "../../../src/view/composer/attachments.ts";
import type { Attachment } from "../../../src/view/composer/file-reader.ts";

const changed = vi.fn();
let attachments: Attachments;

beforeEach(() => {
  changed.mockClear();
  attachments = new Attachments(changed);
  document.body.replaceChildren(attachments.element, attachments.button);
});

function createAttachment(name: string, bytes = 5_000): Attachment {
  return { name, blob: new Blob([new Uint8Array(bytes)]), data: "AA==" };
}

function chips(): (string | null)[] {
  return [...attachments.element.querySelectorAll("li")].map(({ textContent }) => textContent);
}

function alert(): string | undefined {
  return attachments.element.querySelector("[role=alert]")?.textContent;
}

test("files are shown by name and size, can be removed, and are handed over in their order", async () => {
  await attachments.add([new File(["a"], "a.txt"), new File(["b"], "b.txt"), new File(["c"], "c.txt")]);
  expect(chips()).toEqual(["a.txt1 kB×", "b.txt1 kB×", "c.txt1 kB×"]);
  const remove = attachments.element.querySelector<HTMLButtonElement>("[aria-label='Remove b.txt']");
  remove?.focus();
  remove?.click();
  expect(document.activeElement).toBe(attachments.button);
  expect(attachments.count).toBe(2);
  expect(attachments.removeAll().map((file) => isFile(file) && [file.name, file.data])).toEqual([
    ["a.txt", "YQ=="],
    ["c.txt", "Yw=="],
  ]);
  expect([attachments.count, chips()]).toEqual([0, []]);
});

test("files that are added while others are read stand behind them", async () => {
  const canvas = new OffscreenCanvas(2_400, 1_200);
  canvas.getContext("2d");
  const image = new File([await canvas.convertToBlob()], "x.png", { type: "image/png" });
  await Promise.all([attachments.add([image]), attachments.add([new File(["a"], "a.txt")])]);
  expect(attachments.removeAll().map(({ name }) => name)).toEqual(["x.png", "a.txt"]);
  expect(attachments.isReading).toBe(false);
});

test("isReading is true while files are read, and changes are reported", async () => {
  const seen: boolean[] = [];
  changed.mockImplementation(() => seen.push(attachments.isReading));
  await attachments.add([new File(["a"], "a.txt")]);
  expect([seen[0], seen.at(-1)]).toEqual([true, false]);
});

test("an image has a thumbnail whose object URL is revoked", async () => {
  const revoke = vi.spyOn(URL, "revokeObjectURL");
  const canvas = new OffscreenCanvas(8, 8);
  canvas.getContext("2d");
  const blob = await canvas.convertToBlob();
  await attachments.add([new File([blob], "x.png", { type: "image/png" })]);
  const image = attachments.element.querySelector("img");
  expect(image?.alt).toBe("");
  // The thumbnail of an earlier test may still be loading, and is revoked whenever it has.
  const ofThisImage = () => revoke.mock.calls.filter(([url]) => url === image?.src);
  await expect.poll(ofThisImage).toEqual([[image?.src]]);
  expect(image?.naturalWidth).toBe(8);
});

test("an error about one file stays until the next action and does not affect the other files", async () => {
  const svg = (name: string) => new File(["<svg/>"], name, { type: "image/svg+xml" });
  await attachments.add([svg("x.svg"), new File(["a"], "a.txt"), svg("y.svg")]);
  expect(
    alert()
      ?.split("\n")
      .map((line) => line.slice(0, 12)),
  ).toEqual(["x.svg is an ", "y.svg is an "]);
  expect(chips()).toEqual(["a.txt1 kB×"]);
  await attachments.add([]);
  expect(alert()).toBeUndefined();
});

test("all files of a message share one limit", () => {
  attachments.addRead([createAttachment("a", 4e6), createAttachment("b", 4e6), createAttachment("c", 3e6)]);
  expect(attachments.removeAll().map(({ name }) => name)).toEqual(["a", "c"]);
  attachments.addRead([createAttachment("a", 4e6), createAttachment("b", 4e6)]);
  expect(alert()).toContain("b is 4 MB; the files of a message may have 7 MB together.");
});

test("the button opens the browser's file picker, which accepts the same file again", async () => {
  const picker = attachments.element.querySelector("input") as HTMLInputElement;
  const opened = vi.spyOn(picker, "click").mockImplementation(() => {});
  attachments.button.click();
  expect(opened).toHaveBeenCalledOnce();
  const data = new DataTransfer();
  data.items.add(new File(["a"], "a.txt"));
  picker.files = data.files;
  picker.dispatchEvent(new Event("change"));
  expect(picker.files).toHaveLength(0);
  await expect.poll(chips).toEqual(["a.txt1 kB×"]);
});

test("a variable is shown by name and type, once, and goes among the files", async () => {
  const df = { name: "df", type: "pandas.DataFrame, 3 × 2" };
  attachments.addRead([df]);
  await attachments.add([new File(["a"], "a.txt")]);
  attachments.addRead([{ ...df, type: "pandas.DataFrame, 4 × 2" }]);
  expect(chips()).toEqual(["dfpandas.DataFrame, 3 × 2×", "a.txt1 kB×"]);
  expect(attachments.removeAll().map(isFile)).toEqual([false, true]);
});

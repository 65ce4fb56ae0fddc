import { expect, test } from "vitest";
import {
  type Attachment,
  formatSize,
  MAX_EDGE_PIXELS,
  MAX_IMAGE_BYTES,
  MAX_TOTAL_BYTES,
  readAttachment,
  tooLargeMessage,
} from "../../../src/view/composer/file-reader.ts";

/** Make an image of noise, which no compression makes small, or of one colour. */
async function picture(width: number, height: number, type: string, noise = false): Promise<File> {
  const canvas = new OffscreenCanvas(width, height);
  const pen = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  if (noise) {
    const image = pen.createImageData(width, height);
    let seed = 1;
    for (let at = 0; at < image.data.length; at++) {
      seed = (seed * 48_271) % 2_147_483_647;
      image.data[at] = at % 4 === 3 ? 255 : seed % 256;
    }
    pen.putImageData(image, 0, 0);
  }
  return new File([await canvas.convertToBlob({ type, quality: 1 })], "x", { type });
}

async function readAccepted(file: File): Promise<Attachment> {
  const made = await readAttachment(file);
  if (typeof made === "string") throw new Error(made);
  return made;
}

async function measures(blob: Blob): Promise<number[]> {
  const { width, height } = await createImageBitmap(blob);
  return [width, height];
}

test("a file within the limits is sent byte for byte", async () => {
  const bytes = new Uint8Array(70_000).map((_, at) => at * 7);
  const files = [
    new File(["naïve, 文\r\n"], "a.csv", { type: "text/csv" }),
    new File([bytes], "b.pdf", { type: "application/pdf" }),
    await picture(40, 30, "image/webp"),
    new File(["x = 1"], "c.py"),
  ];
  for (const file of files) {
    const { name, blob, data } = await readAccepted(file);
    expect([name, blob]).toEqual([file.name, file]);
    const back = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    expect(back).toEqual(new Uint8Array(await file.arrayBuffer()));
  }
});

test("an image with too many pixels is scaled down, and a drawing stays PNG with its transparency", async () => {
  const { blob } = await readAccepted(await picture(2_400, 1_001, "image/png"));
  expect(blob.type).toBe("image/png");
  expect(await measures(blob)).toEqual([MAX_EDGE_PIXELS, 835]);
  const canvas = new OffscreenCanvas(1, 1);
  const pen = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  pen.drawImage(await createImageBitmap(blob), 0, 0);
  expect(pen.getImageData(0, 0, 1, 1).data[3]).toBe(0);
});

test("an image that is too heavy becomes a JPEG, on white", async () => {
  const heavy = await picture(1_200, 1_100, "image/png", true);
  expect(heavy.size).toBeGreaterThan(MAX_IMAGE_BYTES);
  const { blob } = await readAccepted(heavy);
  expect(blob.type).toBe("image/jpeg");
  expect(blob.size).toBeLessThan(MAX_IMAGE_BYTES);
  expect(await measures(blob)).toEqual([1_200, 1_100]);
  const { blob: clear } = await readAccepted(await picture(2_400, 100, "image/webp"));
  const canvas = new OffscreenCanvas(1, 1);
  const pen = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  pen.drawImage(await createImageBitmap(clear), 0, 0);
  expect([...pen.getImageData(0, 0, 1, 1).data]).toEqual([255, 255, 255, 255]);
});

test.each([
  ["x.svg", "image/svg+xml", "<svg/>", "x.svg is an SVG image, which can hold scripts. Claude accepts PNG"],
  ["x.heic", "image/heic", "x", "x.heic is image/heic. Claude accepts PNG"],
  ["x.png", "image/png", "no image", "x.png cannot be read as image/png."],
  ["x.bin", "", "a\0b", "x.bin is not an image, a PDF or text. Claude accepts PNG"],
  ["x.zip", "application/zip", "\u00ff", "x.zip is not an image"],
])("%s is refused with the reason", async (name, type, content, message) => {
  const bytes = content === "\u00ff" ? [new Uint8Array([0x50, 0xff])] : [content];
  expect(await readAttachment(new File(bytes, name, { type }))).toContain(message);
});

test("a file that is too large is refused with the limit and another way to send it", async () => {
  const file = new File([new Uint8Array(MAX_TOTAL_BYTES + 100_000)], 'a "b".pdf', {
    type: "application/pdf",
  });
  const message = await readAttachment(file);
  expect(message).toBe(tooLargeMessage(file.name, file.size));
  expect(message).toContain("is 7.1 MB; the files of a message may have 7 MB together.");
  expect(message).toContain(String.raw`chat.ask([Path("a \"b\".pdf"), "…"])`);
});

test("sizes are formatted in kilobytes and megabytes", () => {
  expect([1, 1_499, 999_499, 1_000_000, 3_450_000].map(formatSize)).toEqual([
    "1 kB",
    "1 kB",
    "999 kB",
    "1 MB",
    "3.5 MB",
  ]);
});

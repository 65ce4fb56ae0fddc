/** Preparation of files for sending: their kind is checked, and images are scaled down until they fit. */

import { FILE_TEXT, UNIT_TEXT } from "../../core/page-text.ts";
import { isSupportedImage } from "../base/dom.ts";

/**
 * Limit of the size of all files of a message together. Jupyter's websocket accepts messages of up to 10 MiB
 * (tornado's `websocket_max_message_size`) and closes the connection at a longer one. Base64 turns this limit
 * into 9.3 MB.
 */
export const MAX_TOTAL_BYTES = 7_000_000;

/**
 * Limit of an image's longer edge, as in `src/nbstream/content/images.py`. It is the API's limit for requests
 * with many images.
 */
export const MAX_EDGE_PIXELS = 2_000;

/**
 * Limit of the size of one image, about 5 MB as base64. That is the lowest limit among the services that
 * offer Claude.
 */
export const MAX_IMAGE_BYTES = 3_500_000;

/** Limit of an image that was scaled without loss. A larger one is a photograph, and is smaller as JPEG. */
const MAX_LOSSLESS_BYTES = 1_000_000;

const JPEG_QUALITY = 0.9;

/** A file that can be sent. */
export interface Attachment {
  readonly name: string;
  readonly blob: Blob;
  /** The bytes as base64. */
  readonly data: string;
}

/** Read a file. If it cannot be sent, return a sentence that tells the user why. */
export async function readAttachment(file: File): Promise<Attachment | string> {
  const { name, type } = file;
  try {
    if (type.startsWith("image/svg")) return FILE_TEXT.svg(name);
    if (type.startsWith("image/") && !isSupportedImage(file)) return FILE_TEXT.imageType(name, type);
    const blob = isSupportedImage(file) ? await fitImage(file) : file;
    if (blob.size > MAX_TOTAL_BYTES) return tooLargeMessage(name, blob.size);
    if (blob === file && !isSupportedImage(file) && type !== "application/pdf" && !(await isText(file)))
      return FILE_TEXT.unknownType(name);
    return { name, blob, data: await toBase64(blob) };
  } catch {
    return isSupportedImage(file) ? FILE_TEXT.unreadableImage(name, type) : FILE_TEXT.unreadable(name);
  }
}

/** Return a sentence that says that a file is too large for the message, and how to send it instead. */
export function tooLargeMessage(name: string, bytes: number): string {
  return FILE_TEXT.tooLarge(name, formatSize(bytes), formatSize(MAX_TOTAL_BYTES));
}

/** Format a size in kilobytes or megabytes. */
export function formatSize(bytes: number): string {
  return bytes < 1e6
    ? UNIT_TEXT.kilobytes(Math.max(1, Math.round(bytes / 1e3)))
    : UNIT_TEXT.megabytes(+(bytes / 1e6).toFixed(1));
}

/**
 * Return the image itself if it fits, or else a smaller version. The smaller version is without loss if that
 * is small enough.
 */
async function fitImage(file: Blob): Promise<Blob> {
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  const scale = Math.min(1, MAX_EDGE_PIXELS / Math.max(width, height));
  if (scale === 1 && file.size <= MAX_IMAGE_BYTES) return file;
  const canvas = new OffscreenCanvas(Math.ceil(width * scale), Math.ceil(height * scale));
  const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const lossless = /png|gif/.test(file.type) ? await canvas.convertToBlob() : undefined;
  if (lossless && lossless.size <= MAX_LOSSLESS_BYTES) return lossless;
  // JPEG has no transparency. Transparent areas are filled with white, because they would become black.
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/jpeg", quality: JPEG_QUALITY });
}

/** Whether a file is text: valid UTF-8 without null characters. The kernel uses the same test. */
async function isText(file: Blob): Promise<boolean> {
  try {
    return !new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer()).includes("\0");
  } catch {
    return false;
  }
}

function toBase64(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve((reader.result as string).replace(/^.*?,/, ""));
    reader.onerror = reject;
    reader.readAsDataURL(blob);
  });
}

/** A file of the reader's, made ready to be sent: what it is, whether Claude takes it, and small enough for the way. */

import { isSupportedImage } from "../base/dom.ts";

/**
 * Bytes that the files of a message have together. Jupyter's websocket takes 10 MiB at once (tornado's
 * `websocket_max_message_size`) and ends the connection at more; base64 makes 9.3 MB of these.
 */
export const MAX_TOTAL_BYTES = 7_000_000;

/** Pixels of an image's longer edge, as in `src/nbstream/pictures.py`: with many images the API takes no more. */
export const MAX_EDGE_PIXELS = 2_000;

/** Bytes of an image; 5 MB of base64 is the lowest limit of the places that have Claude. */
export const MAX_IMAGE_BYTES = 3_500_000;

/** Bytes of what is scaled down without loss; more is a photograph, which JPEG has in a fraction. */
const EXACT = 1_000_000;

const QUALITY = 0.9;

const TAKEN = "Images can be PNG, JPEG, GIF or WebP, documents PDF or text.";

export interface Attachment {
  readonly name: string;
  readonly blob: Blob;
  /** Its bytes in base64. */
  readonly data: string;
}

/** The file as it can be sent, or a sentence that says why it cannot. */
export async function readAttachment(file: File): Promise<Attachment | string> {
  const { name, type } = file;
  try {
    if (type.startsWith("image/svg")) return `${name} is SVG, which can hold scripts. ${TAKEN}`;
    if (type.startsWith("image/") && !isSupportedImage(file)) return `${name} is ${type}. ${TAKEN}`;
    const blob = isSupportedImage(file) ? await fitted(file) : file;
    if (blob.size > MAX_TOTAL_BYTES) return tooLargeMessage(name, blob.size);
    if (blob === file && !isSupportedImage(file) && type !== "application/pdf" && !(await isText(file)))
      return `${name} is of a kind that Claude does not take. ${TAKEN}`;
    return { name, blob, data: await base64(blob) };
  } catch {
    return `${name} cannot be read${isSupportedImage(file) ? ` as ${type}` : ""}.`;
  }
}

/** That this does not go with the message, and what does. */
export function tooLargeMessage(name: string, bytes: number): string {
  return (
    `${name} is ${formatSize(bytes)}; the files of a message have ${formatSize(MAX_TOTAL_BYTES)} together at most. ` +
    `A cell takes more: chat.ask([Path(${JSON.stringify(name)}), "…"])`
  );
}

/** Kilobytes or megabytes, for a person. */
export function formatSize(bytes: number): string {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${+(bytes / 1e6).toFixed(1)} MB`;
}

/** The image itself where it fits; else a smaller one, without loss if that is light enough. */
async function fitted(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file);
  const { width, height } = picture;
  const scale = Math.min(1, MAX_EDGE_PIXELS / Math.max(width, height));
  if (scale === 1 && file.size <= MAX_IMAGE_BYTES) return file;
  const canvas = new OffscreenCanvas(Math.ceil(width * scale), Math.ceil(height * scale));
  const pen = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const exact = /png|gif/.test(file.type) ? await canvas.convertToBlob() : undefined;
  if (exact && exact.size <= EXACT) return exact;
  // JPEG has no transparency, and black is nobody's paper.
  pen.globalCompositeOperation = "destination-over";
  pen.fillStyle = "white";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
}

/** As the kernel tells it. */
async function isText(file: Blob): Promise<boolean> {
  try {
    return !new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer()).includes("\0");
  } catch {
    return false;
  }
}

function base64(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve((reader.result as string).replace(/^.*?,/, ""));
    reader.onerror = reject;
    reader.readAsDataURL(blob);
  });
}

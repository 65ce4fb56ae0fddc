/** View of an image or a document in a turn: a small picture, or the file's name, length and size. */

import { BLOCK_TEXT, LANGUAGE, UNIT_TEXT } from "../../core/page-text.ts";
import type { Data } from "../../core/protocol.ts";
import type { Block } from "../../core/transcript.ts";
import { element, embeddedImage, setAttribute } from "../base/dom.ts";
import { asCount, asLine } from "../base/untrusted.ts";

/** The longest side for which space is reserved. A picture with a longer side gets no reserved space. */
const MAX_SIDE_PIXELS = 20_000;

const NAMES: Readonly<Record<string, string>> = BLOCK_TEXT.media;

/**
 * Create a picture from the bytes that came with the conversation. Return `fallback` if the bytes are no
 * picture. If the picture turns out to be broken, `fallback` takes its place.
 */
export function imageOrFallback(data: Data, alt: string, fallback: HTMLElement): HTMLElement {
  const bytes = typeof data.data === "string" ? data.data : "";
  const image = embeddedImage(asLine(data.media_type), bytes, alt);
  if (!image) return fallback;
  // The space for the picture is reserved while it is decoded, so that the text below does not jump.
  const [width, height] = [sidePixels(data.width), sidePixels(data.height)];
  if (width && height) {
    setAttribute(image, "width", width);
    setAttribute(image, "height", height);
  }
  image.addEventListener("error", () => image.replaceWith(fallback));
  return image;
}

export class Media {
  readonly element = element("span", "nbstream-media");
  readonly #block: Block;
  #paintedData: Data | undefined;

  constructor(block: Block) {
    this.#block = block;
  }

  paint(): number {
    const { data, type } = this.#block;
    if (data === this.#paintedData) return 0;
    this.#paintedData = data;
    const name = mediaName({ data, type });
    const facts = mediaFacts(data) && ` · ${mediaFacts(data)}`;
    const chip = element("span", "nbstream-chip", {}, element("bdi", "", {}, name), facts);
    const image = imageOrFallback(data, name + facts, chip);
    if (image !== chip) setAttribute(image, "title", name + facts);
    this.element.replaceChildren(image);
    return 0;
  }
}

/** Return the name of an image or a document, or else the kind of the block. */
export function mediaName({ data, type }: Pick<Block, "data" | "type">): string {
  return asLine(data.name) || NAMES[type] || type;
}

/** Return the length and the size of an image or a document, as far as they are known. */
export function mediaFacts(data: Data): string {
  const [pdfPages, size] = [asCount(data.pages), asCount(data.size)];
  const length = pdfPages ? UNIT_TEXT.pages(pdfPages) : "";
  return [length, size ? formatBytes(size) : ""].filter(Boolean).join(" · ");
}

function sidePixels(value: unknown): string {
  const pixels = asCount(value) ?? 0;
  return pixels >= 1 && pixels <= MAX_SIDE_PIXELS ? String(Math.round(pixels)) : "";
}

function formatBytes(bytes: number): string {
  if (bytes < 1_000) return UNIT_TEXT.bytes(bytes);
  const [number, unit] =
    bytes < 1e6
      ? ([bytes / 1e3, UNIT_TEXT.kilobytes] as const)
      : ([bytes / 1e6, UNIT_TEXT.megabytes] as const);
  return unit(number < 10 ? number.toFixed(1) : Math.round(number).toLocaleString(LANGUAGE));
}

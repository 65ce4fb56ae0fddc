/** Images and documents in a turn: small, or a line that says what they are. */

import type { Data } from "../../core/protocol.ts";
import type { Block } from "../../core/transcript.ts";
import { element, embeddedImage, setAttribute } from "../base/dom.ts";
import { asCount, asLine } from "../base/untrusted.ts";

/** Pixels on a side; what is said to be larger keeps no place. */
const LARGEST = 20_000;

const NAMES: Readonly<Record<string, string>> = { image: "Image", document: "Document" };

/** A picture that came with the conversation; where it is none, or broken, `instead`. */
export function imageOrFallback(data: Data, alt: string, instead: HTMLElement): HTMLElement {
  const image = embeddedImage(asLine(data.media_type), typeof data.data === "string" ? data.data : "", alt);
  if (!image) return instead;
  // Its place is kept while it is decoded: the text below does not jump.
  const [width, height] = [side(data.width), side(data.height)];
  if (width && height) {
    setAttribute(image, "width", width);
    setAttribute(image, "height", height);
  }
  image.addEventListener("error", () => image.replaceWith(instead));
  return image;
}

export class Media {
  readonly element = element("span", "nbstream-media");
  readonly #block: Block;
  #shown: Data | undefined;

  constructor(block: Block) {
    this.#block = block;
  }

  paint(): number {
    const { data, type } = this.#block;
    if (data === this.#shown) return 0;
    this.#shown = data;
    const name = asLine(data.name) || NAMES[type] || type;
    const [pages, size] = [asCount(data.pages), asCount(data.size)];
    const facts =
      (pages ? ` · ${pages} ${pages === 1 ? "page" : "pages"}` : "") + (size ? ` · ${bytes(size)}` : "");
    const chip = element("span", "nbstream-chip", {}, element("bdi", "", {}, name), facts);
    const image = imageOrFallback(data, name + facts, chip);
    if (image !== chip) setAttribute(image, "title", name + facts);
    this.element.replaceChildren(image);
    return 0;
  }
}

function side(value: unknown): string {
  const pixels = asCount(value) ?? 0;
  return pixels >= 1 && pixels <= LARGEST ? String(Math.round(pixels)) : "";
}

function bytes(size: number): string {
  if (size < 1_000) return `${size} bytes`;
  const [number, unit] = size < 1e6 ? [size / 1e3, "kB"] : [size / 1e6, "MB"];
  return `${number < 10 ? number.toFixed(1) : Math.round(number).toLocaleString("en")} ${unit}`;
}

/**
 * View of an image in an answer. It is loaded only when the user asks for it.
 *
 * A request tells the image's host the whole address, and the model may have written private data into the
 * address.
 */

import { BLOCK_TEXT } from "../../core/page-text.ts";
import { button } from "../base/button.ts";
import { element, loadImage, safeImageUrl } from "../base/dom.ts";
import { DETACHED } from "./context.ts";
import { proseMarking, RevealedText } from "./invisible-characters.ts";

/** Create an image's placeholder: its alternative text, its host and the button that loads it. */
export function imageNode(src: string, alt: string, title: string, { schedule } = DETACHED): HTMLElement {
  const url = safeImageUrl(src);
  const text = element("bdi", "nbstream-alt");
  new RevealedText(text, schedule, proseMarking).sync(alt || BLOCK_TEXT.media.image);
  const node = element("span", "nbstream-image", title ? { title } : {}, text);
  if (url === undefined) return node;
  const origin = url.protocol === "data:" ? BLOCK_TEXT.imageInAnswer : url.host;
  const load = () => {
    const image = loadImage(src, alt);
    if (!image) return;
    image.addEventListener("error", () => {
      image.remove();
      node.append(text, ` ${BLOCK_TEXT.imageNotLoaded(origin)}`);
    });
    node.replaceChildren(image);
  };
  const host = element("span", "nbstream-host", { dir: "ltr" }, `(${origin})`);
  node.append(" ", host, " ", button(BLOCK_TEXT.loadImage, load, { class: "nbstream-load" }));
  return node;
}

/** An image in an answer: asking for one tells its host what the address says, so nothing asks but the reader. */

import { button } from "../base/button.ts";
import { element, loadImage, safeImageUrl } from "../base/dom.ts";

export function imageNode(src: string, alt: string, title: string): HTMLElement {
  const url = safeImageUrl(src);
  const text = element("bdi", "nbstream-alt", {}, alt || "Image");
  const node = element("span", "nbstream-image", title ? { title } : {}, text);
  if (url === undefined) return node;
  const from = url.protocol === "data:" ? "in the answer" : url.host;
  const show = () => {
    const image = loadImage(src, alt);
    if (!image) return;
    image.addEventListener("error", () => {
      image.remove();
      node.append(text, ` (could not be loaded from ${from})`);
    });
    node.replaceChildren(image);
  };
  const host = element("span", "nbstream-host", { dir: "ltr" }, `(${from})`);
  node.append(" ", host, " ", button("Load image", show, { class: "nbstream-load" }));
  return node;
}

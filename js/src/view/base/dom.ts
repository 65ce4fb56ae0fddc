/**
 * Safe constructors for all nodes of the page. No other module creates elements or sets addresses, except
 * `math-dom.ts` for formulas.
 *
 * No text from outside is parsed as HTML, with one exception: `characterReference` parses the name of a
 * character reference, which consists of letters and digits. Elements are created one by one, from the lists
 * below. An address reaches the page only through `setHref` and `loadImage`, which check it first.
 */

export type Attributes = Readonly<Record<string, string>>;
export const wordSet = /* @__NO_SIDE_EFFECTS__ */ (words: string): ReadonlySet<string> =>
  new Set(words.split(" "));

export const ELEMENTS = wordSet(
  "a article aside bdi blockquote br button code del details div em form h1 h2 h3 h4 h5 h6 hr img input kbd li " +
    "mark ol option p pre section select small span strong sub summary sup table tbody td textarea th thead tr u ul",
);

/** Allowed attributes; not `style`, `on…`, `href`, `src` or `name`. An `id` is made by `elementId`. */
export const ATTRIBUTES = wordSet(
  "alt aria-activedescendant aria-autocomplete aria-busy aria-controls aria-describedby aria-expanded aria-hidden " +
    "aria-label aria-live aria-pressed aria-rowcount aria-rowindex aria-selected aria-valuemax aria-valuemin " +
    "aria-valuenow aria-valuetext checked class colspan data-align data-code data-decimals data-lm-suppress-shortcuts data-role dir disabled height hidden id open " +
    "placeholder referrerpolicy role rows scope start tabindex title type value width",
);

export type Tag = keyof HTMLElementTagNameMap;

/** Create an element with a class, attributes and children; strings become text nodes. */
export function element<Name extends Tag>(
  tag: Name,
  className: string,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  if (!ELEMENTS.has(tag)) throw new TypeError(`element ${tag} is not on the list in dom.ts`);
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const name in attributes) setAttribute(node, name, attributes[name]);
  if (children.length > 0) node.append(...children);
  return node;
}

export function textNode(text: string): Text {
  return document.createTextNode(text);
}

/** As in `core/markdown/entities.ts`, checked here again. Such a name cannot begin or end an HTML element. */
const REFERENCE_NAME = /^[A-Za-z][A-Za-z\d]{1,31}$/;

/** The texts of names that were looked up. Unknown names are not kept, or the map could grow for ever. */
const characterCache = new Map<string, string>();

let decoder: HTMLTextAreaElement | undefined;

/**
 * Look up the text of an HTML character reference such as `amp`. Return undefined for an unknown name.
 *
 * The browser decodes the reference in a text area that is not on the page, because a text area treats all
 * content as text. If the page's policy (Trusted Types) forbids even that, every name counts as unknown.
 */
export function characterReference(name: string): string | undefined {
  const known = characterCache.get(name);
  if (known !== undefined || !REFERENCE_NAME.test(name)) return known;
  decoder ??= document.createElement("textarea");
  try {
    decoder.innerHTML = `&${name};`;
  } catch {
    return undefined;
  }
  const text = decoder.value;
  // HTML reads `&notit;` as `&not` followed by text; Markdown reads all of it as text.
  if (text.length > 1 && text.endsWith(";")) return undefined;
  characterCache.set(name, text);
  return text;
}

/** Create a node that marks a place in the page and is invisible. */
export function emptyNode(): Comment {
  return document.createComment("");
}

/** Set an attribute that is on the list, or remove it (`undefined`). An equal value is left alone. */
export function setAttribute(node: Element, name: string, value: string | undefined): void {
  if (!ATTRIBUTES.has(name)) throw new TypeError(`attribute ${name} is not on the list in dom.ts`);
  if (value === undefined) node.removeAttribute(name);
  else if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** Set a text only when it differs, because an unchanged node costs no layout and no announcement. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Change a text by replacing only its end, from the first difference on. A selection before that stays. */
export function updateText(node: Text, text: string): void {
  const before = node.data;
  if (before === text) return;
  if (text.startsWith(before)) {
    node.appendData(text.slice(before.length));
    return;
  }
  let same = 0;
  while (same < text.length && before[same] === text[same]) same += 1;
  node.replaceData(same, before.length - same, text.slice(same));
}

/** Find the focused element inside `root`. This also works where a host keeps outputs in a shadow tree. */
export function focusedElement(root: Element | null): Element | undefined {
  const { activeElement } = (root?.getRootNode() as Document | ShadowRoot | undefined) ?? {};
  return activeElement && root?.contains(activeElement) ? activeElement : undefined;
}

/** Make an id that no answer can contain. An answer could otherwise replace a global name of the page. */
export function elementId(view: string, kind: string, number: number): string {
  return `nbstream-${view}-${kind}-${number}`;
}

const LINK_PROTOCOLS = wordSet("http: https: mailto:");

/** Parse an address as the browser does, which ignores tabs and line ends; undefined if it is not safe. */
export function safeLinkUrl(address: string): URL | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isSafe = url && LINK_PROTOCOLS.has(url.protocol) && (url.host || url.protocol === "mailto:");
  return isSafe ? url : undefined;
}

/** Point a link to an address, or remove the link's address if it is undefined. */
export function setHref(link: HTMLAnchorElement, url: URL | undefined): void {
  if (url?.href === link.getAttribute("href")) return;
  if (url === undefined || !LINK_PROTOCOLS.has(url.protocol)) {
    for (const name of ["href", "target", "rel"]) link.removeAttribute(name);
    return;
  }
  link.setAttribute("href", url.href);
  link.setAttribute("target", "_blank");
  link.setAttribute("rel", "noopener noreferrer");
}

/** Point a link to an element of this view. */
export function setFragmentHref(link: HTMLAnchorElement, id: string): void {
  link.setAttribute("href", `#${id}`);
}

const IMAGE_DATA_URL = /^data:image\/(?:png|jpeg|gif|webp)[;,]/i;

/** Parse an image's address; undefined if no image may be loaded from it, even at the user's request. */
export function safeImageUrl(address: string): URL | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === "data:") return IMAGE_DATA_URL.test(url.href) ? url : undefined;
  return url && (url.protocol === "http:" || url.protocol === "https:") ? url : undefined;
}

/** Load an image; one of another host only after the user's click, because the request informs that host. */
export function loadImage(address: string, alt: string): HTMLImageElement | undefined {
  const url = safeImageUrl(address);
  if (url === undefined) return undefined;
  const image = element("img", "nbstream-picture", { alt, referrerpolicy: "no-referrer" });
  image.src = url.href;
  return image;
}

/** Create an image whose bytes came with the conversation, as base64. This makes no request. */
export function embeddedImage(media: string, data: string, alt: string): HTMLImageElement | undefined {
  return loadImage(`data:${media};base64,${data}`, alt);
}

/** Whether Claude accepts this kind of image and the page may show it. */
export function isSupportedImage({ type }: Blob): boolean {
  return /^image\/(?:png|jpeg|gif|webp)$/.test(type);
}

/** Show an image that the user is about to send, from the page's memory. */
export function thumbnail(blob: Blob): HTMLImageElement | undefined {
  if (!isSupportedImage(blob)) return undefined;
  const image = element("img", "nbstream-thumbnail", { alt: "" });
  image.src = URL.createObjectURL(blob);
  for (const end of ["load", "error"]) image.addEventListener(end, () => URL.revokeObjectURL(image.src));
  return image;
}

/** Set the widths of a table's columns. */
export function setColumnWidths(columns: readonly HTMLElement[], widthsEm: readonly number[]): void {
  for (const [index, column] of columns.entries()) column.style.width = `${widthsEm[index] ?? 0}em`;
}

/** Set the height that an element has while the browser skips its content for the first time. */
export function setSkippedHeight(node: HTMLElement, pixels: number): void {
  node.style.containIntrinsicBlockSize = `auto ${pixels}px`;
}

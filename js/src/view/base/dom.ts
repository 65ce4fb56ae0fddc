/**
 * The one door to the page. Nothing that came from outside is ever parsed as HTML, but for a character's name, which
 * is letters and digits alone (`named`): elements are made one by one, from these lists, and an address gets onto the
 * page only through `point` and `load`, which look at it first.
 */

type Attributes = Readonly<Record<string, string>>;

const list = (words: string): ReadonlySet<string> => new Set(words.split(" "));

export const ELEMENTS = list(
  "a article aside bdi blockquote br button code del details div em form h1 h2 h3 h4 h5 h6 hr img input li ol p " +
    "pre section span strong summary sup table tbody td textarea th thead tr ul col colgroup",
);

/** No `style`, no `on…`, no `href`, no `src`, no `name`; an `id` is made by `nameOf`. */
export const ATTRIBUTES = list(
  "alt aria-busy aria-describedby aria-expanded aria-hidden aria-label aria-live aria-pressed class data-align " +
    "data-code data-lm-suppress-shortcuts data-role dir disabled id open placeholder role rows start tabindex " +
    "title type checked value hidden referrerpolicy scope width height",
);

/** What MathML Core has, without `a`, `maction`, `annotation-xml` and all that loads, links or holds HTML. */
export const MATH_ELEMENTS = list(
  "math merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle " +
    "msub msubsup msup mtable mtd mtext mtr munder munderover semantics annotation menclose",
);

export const MATH_ATTRIBUTES = list(
  "accent accentunder class columnalign columnlines columnspacing depth dir display displaystyle encoding fence " +
    "form height largeop linethickness lspace mathbackground mathcolor mathsize mathvariant maxsize minsize " +
    "movablelimits notation rowlines rowspacing rspace scriptlevel separator stretchy symmetric voffset width xmlns",
);

/** What places cells and glyphs. No `position`, no `display`, no `font-family`, no `background`: nothing that loads. */
const MATH_STYLES =
  /^(?:(?:padding|border)(?:-(?:top|bottom|left|right))?(?:-(?:width|style|color))?|margin-left|width|text-align|math-depth|color|font-weight|font-style)$/;

/** Words, colours and lengths of two digits: a formula does not leave its place to cover another's. */
const MATH_VALUE =
  /^(?:[-+]?\d{0,2}(?:\.\d{1,20})?(?:em|ex|pt|px|mu|%)?|100%|#[\da-f]{3,8}|rgb\(\d+, \d+, \d+\)|[a-z][a-z-]{0,30})$/i;

function isMathValue(value: string): boolean {
  return MATH_VALUE.test(value) || value.split(" ").every((word) => MATH_VALUE.test(word));
}

/** May an element of a formula carry this? */
function isMathAttribute(name: string, value: string): boolean {
  return MATH_ATTRIBUTES.has(name) && (name === "class" || name === "xmlns" || isMathValue(value));
}

/** The same of its style, by the name that CSS gives it. */
function isMathStyle(name: string, value: string): boolean {
  return MATH_STYLES.test(name) && isMathValue(value);
}

export const MATHML = "http://www.w3.org/1998/Math/MathML";

export type Tag = keyof HTMLElementTagNameMap;

/** An element with a class, attributes and children; strings become text nodes. */
export function element<Name extends Tag>(
  tag: Name,
  className: string,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  if (!ELEMENTS.has(tag)) throw new TypeError(`element ${tag} is not on the list in dom.ts`);
  const made = document.createElement(tag);
  if (className) made.className = className;
  for (const name in attributes) setAttribute(made, name, attributes[name]);
  if (children.length > 0) made.append(...children);
  return made;
}

export function textNode(text: string): Text {
  return document.createTextNode(text);
}

/** As in `core/markdown/entities.ts`, looked at again here: what gets through cannot begin or end an element. */
const NAME = /^[A-Za-z][A-Za-z\d]{1,31}$/;

/** Only what was found, so that no answer can make it grow past the names there are. */
const characters = new Map<string, string>();

let decoder: HTMLTextAreaElement | undefined;

/**
 * What a character's name in HTML stands for. The browser tells, in a text area that is not on the page: what is
 * parsed into one is text, whatever it says. Where a page's policy (Trusted Types) allows not even that, there are no
 * names.
 */
export function characterReference(name: string): string | undefined {
  const known = characters.get(name);
  if (known !== undefined || !NAME.test(name)) return known;
  decoder ??= document.createElement("textarea");
  try {
    decoder.innerHTML = `&${name};`;
  } catch {
    return undefined;
  }
  const text = decoder.value;
  // HTML takes `&notit;` for `&not` and more; Markdown takes it for text.
  if (text.length > 1 && text.endsWith(";")) return undefined;
  characters.set(name, text);
  return text;
}

/** A place that shows nothing. */
export function emptyNode(): Comment {
  return document.createComment("");
}

/** Set an attribute only when it differs, and only one of the list. */
export function setAttribute(node: Element, name: string, value: string | undefined): void {
  if (!ATTRIBUTES.has(name)) throw new TypeError(`attribute ${name} is not on the list in dom.ts`);
  if (value === undefined) node.removeAttribute(name);
  else if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** Set a text only when it differs: an unchanged node costs no layout and no announcement. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Change the end of a text where only its end changed, so that a selection before it stays. */
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

/** What has the focus in here; hosts may keep outputs in a shadow tree. */
export function focusedElement(root: Element | null): Element | undefined {
  const { activeElement } = (root?.getRootNode() as Document | ShadowRoot | undefined) ?? {};
  return activeElement && root?.contains(activeElement) ? activeElement : undefined;
}

/** An id that no text of the model's can be, or clobber anything with. */
export function elementId(view: string, what: string, number: number): string {
  return `nbstream-${view}-${what}-${number}`;
}

const LINKS = list("http: https: mailto:");

/** The address if a reader may be sent there. Parsed as the browser would, which ignores tabs and line breaks in it. */
export function safeLinkUrl(address: string): URL | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  return url && LINKS.has(url.protocol) && (url.host || url.protocol === "mailto:") ? url : undefined;
}

/** Let a link lead to an address, or nowhere. */
export function setHref(link: HTMLAnchorElement, url: URL | undefined): void {
  if (url?.href === link.getAttribute("href")) return;
  if (url === undefined || !LINKS.has(url.protocol)) {
    for (const name of ["href", "target", "rel"]) link.removeAttribute(name);
    return;
  }
  link.setAttribute("href", url.href);
  link.setAttribute("target", "_blank");
  link.setAttribute("rel", "noopener noreferrer");
}

/** Let a link lead to an element of this view. */
export function setFragmentHref(link: HTMLAnchorElement, id: string): void {
  link.setAttribute("href", `#${id}`);
}

const PICTURE = /^data:image\/(?:png|jpeg|gif|webp)[;,]/i;

/** The address if an image may be loaded from it once the reader asks for it. */
export function safeImageUrl(address: string): URL | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === "data:") return PICTURE.test(url.href) ? url : undefined;
  return url && (url.protocol === "http:" || url.protocol === "https:") ? url : undefined;
}

/** The image itself; for what is asked of a host called from a reader's click and from nowhere else. */
export function loadImage(address: string, alt: string): HTMLImageElement | undefined {
  const url = safeImageUrl(address);
  if (url === undefined) return undefined;
  const image = element("img", "nbstream-picture", { alt, referrerpolicy: "no-referrer" });
  image.src = url.href;
  return image;
}

/** An image whose bytes came with the conversation, as base64: nobody is asked for anything. */
export function embeddedImage(media: string, data: string, alt: string): HTMLImageElement | undefined {
  return loadImage(`data:${media};base64,${data}`, alt);
}

/** The kinds of image that Claude takes and a page may show. */
export function isSupportedImage({ type }: Blob): boolean {
  return /^image\/(?:png|jpeg|gif|webp)$/.test(type);
}

/** The image that a reader is about to send, out of the page's memory. */
export function thumbnail(blob: Blob): HTMLImageElement | undefined {
  if (!isSupportedImage(blob)) return undefined;
  const image = element("img", "nbstream-thumbnail", { alt: "" });
  image.src = URL.createObjectURL(blob);
  for (const end of ["load", "error"]) image.addEventListener(end, () => URL.revokeObjectURL(image.src));
  return image;
}

/** Widths of a table's columns, in em. */
export function setColumnWidths(columns: readonly HTMLElement[], widths: readonly number[]): void {
  for (const [index, column] of columns.entries()) column.style.width = `${widths[index] ?? 0}em`;
}

/** An element of a formula with what of these may stand on the page; undefined if the element itself may not. */
export function mathElement(
  name: string,
  attributes: Attributes,
  style: Attributes,
  ...children: Node[]
): MathMLElement | undefined {
  if (!MATH_ELEMENTS.has(name)) return undefined;
  const made = document.createElementNS(MATHML, name) as MathMLElement;
  for (const [key, value] of Object.entries(attributes)) {
    if (isMathAttribute(key, value)) made.setAttribute(key, value);
  }
  for (const [key, value] of Object.entries(style)) {
    if (isMathStyle(key, value)) made.style.setProperty(key, value);
  }
  made.append(...children);
  return made;
}

/** A lazy part made this: is it formula through and through? */
export function isMath(node: Node): boolean {
  if (node.nodeType === Node.TEXT_NODE) return true;
  const { namespaceURI, localName, attributes, style } = node as MathMLElement;
  return (
    node.nodeType === Node.ELEMENT_NODE &&
    namespaceURI === MATHML &&
    MATH_ELEMENTS.has(localName) &&
    [...attributes].every(({ name, value }) => name === "style" || isMathAttribute(name, value)) &&
    [...style].every((name) => isMathStyle(name, style.getPropertyValue(name))) &&
    [...node.childNodes].every(isMath)
  );
}

import { afterEach, expect, test, vi } from "vitest";
import {
  characterReference,
  element,
  elementId,
  embeddedImage,
  focusedElement,
  loadImage,
  safeImageUrl,
  safeLinkUrl,
  setAttribute,
  setColumnWidths,
  setFragmentHref,
  setHref,
  setText,
  textNode,
  thumbnail,
  updateText,
} from "../../../src/view/base/dom.ts";
import { characters } from "../../core/markdown/entity-names.ts";

/** The sources as text, by path; Vite reads them at build time. */
const SOURCES = (import.meta as unknown as { glob: (path: string, options: object) => unknown }).glob(
  "../../../src/**/*.ts",
  { query: "?raw", import: "default", eager: true },
) as Record<string, string>;

afterEach(() => vi.restoreAllMocks());

test("no source parses HTML except a character reference, and only dom.ts and math-dom.ts create elements and addresses", () => {
  expect(Object.keys(SOURCES).length).toBeGreaterThan(30);
  const parses =
    /innerHTML|outerHTML|insertAdjacentHTML|DOMParser|setHTML|srcdoc|document\.write|createContextualFragment|parseHTML/;
  const makes =
    /createElement|createTextNode|\.setAttributeNode|\.setAttributeNS|\.(?:href|src|srcset|action) = |\beval\(|new Function/;
  for (const [path, text] of Object.entries(SOURCES)) {
    const source = path.endsWith("/view/base/dom.ts")
      ? text.replace(/^ *decoder\.innerHTML = `&\$\{name\};`;$/m, "")
      : text;
    expect([path, parses.exec(source)?.[0]]).toEqual([path, undefined]);
    if (!/\/view\/base\/(?:math-)?dom\.ts$/.test(path))
      expect([path, makes.exec(source)?.[0]]).toEqual([path, undefined]);
    if (/^.*\/view\/(?!base\/(?:math-)?dom\.ts)/.test(path))
      expect([path, /\.setAttribute\(/.test(source)]).toEqual([path, false]);
  }
});

test("an element has its class, attributes and children, and strings become text", () => {
  const made = element("p", "note", { role: "status" }, "<b>", element("em", ""));
  expect(made.outerHTML).toBe('<p class="note" role="status">&lt;b&gt;<em></em></p>');
});

test("an element or attribute that is not on the lists is refused", () => {
  for (const tag of ["script", "iframe", "object", "style", "link", "base", "svg", "video"] as const) {
    expect(() => element(tag as "p", "")).toThrow("not on the list");
  }
  for (const name of ["onclick", "style", "href", "src", "srcdoc", "name", "action", "srcset"]) {
    expect(() => element("p", "", { [name]: "x" })).toThrow("not on the list");
    expect(() => setAttribute(element("p", ""), name, "x")).toThrow("not on the list");
  }
});

test("an embedded image has one of four types, and its bytes are its address", () => {
  for (const media of ["image/png", "image/jpeg", "image/gif", "image/webp"])
    expect(embeddedImage(media, "AAAA", "a")?.src).toBe(`data:${media};base64,AAAA`);
  for (const media of ["image/svg+xml", "text/html", "", "https://evil.example/i.png?", "image/pngx"])
    expect(embeddedImage(media, "AAAA", "a")).toBeUndefined();
});

test("an unchanged text or attribute is not set again", async () => {
  const node = element("p", "", {}, "same");
  const changes: unknown[] = [];
  const observer = new MutationObserver((records) => changes.push(...records));
  observer.observe(node, { childList: true, characterData: true, attributes: true, subtree: true });
  setText(node, "same");
  setAttribute(node, "title", undefined);
  updateText(node.firstChild as Text, "same");
  await Promise.resolve();
  expect(changes).toHaveLength(0);
  setText(node, "other");
  setAttribute(node, "title", "x");
  await Promise.resolve();
  expect(changes.length).toBeGreaterThan(1);
  observer.disconnect();
});

test("only the changed end of a text is replaced, so that a selection before it stays", () => {
  const node = textNode("one two");
  document.body.append(node);
  getSelection()?.setBaseAndExtent(node, 0, node, 3);
  for (const text of ["one two three", "one six", "one", "one more"]) {
    updateText(node, text);
    expect(node.data).toBe(text);
    expect(getSelection()?.toString()).toBe("one");
  }
  node.remove();
});

test.each([
  "https://x.example/",
  "http://x.example",
  "mailto:a@x.example",
  " HTTPS://X.example ",
  "ht\ntps://x.example",
])("a link may lead to %j", (address) => expect(safeLinkUrl(address)).toBeInstanceOf(URL));

test.each([
  "javascript:1",
  "data:,x",
  "x",
  "",
  "//x.example",
  "https:",
  "ftp://x.example",
  "java\tscript:1",
  "tel:1",
])("no link may lead to %j", (address) => expect(safeLinkUrl(address)).toBe(undefined));

test("a link gets only safe addresses, even if an unsafe one is passed", () => {
  const link = element("a", "");
  setHref(link, safeLinkUrl("https://x.example/"));
  expect(link.outerHTML).toBe('<a href="https://x.example/" target="_blank" rel="noopener noreferrer"></a>');
  setHref(link, new URL("javascript:1"));
  expect(link.outerHTML).toBe("<a></a>");
  setFragmentHref(link, elementId("v", "note", 1));
  expect(link.getAttribute("href")).toBe("#nbstream-v-note-1");
});

test("an image is loaded from the web or from the answer, and only as a bitmap", () => {
  for (const address of ["data:image/svg+xml,x", "data:image/pngx", "data:text/html,x", "blob:x", "x.png"]) {
    expect(safeImageUrl(address)).toBe(undefined);
    expect(loadImage(address, "")).toBe(undefined);
  }
  expect(safeImageUrl("https://x.example/i.png")?.host).toBe("x.example");
  expect(loadImage("data:image/gif;base64,R0lGODlhAQABAAAAACw=", "alt")?.alt).toBe("alt");
});

test("a thumbnail is made only of a supported image in the page's memory", () => {
  for (const type of ["image/png", "image/jpeg", "image/gif", "image/webp"])
    expect(thumbnail(new Blob(["x"], { type }))?.src).toMatch(/^blob:/);
  for (const type of ["image/svg+xml", "text/html", "image/pngx", ""])
    expect(thumbnail(new Blob(["x"], { type }))).toBeUndefined();
});

test("columns have widths in em", () => {
  const columns = [element("td", ""), element("td", "")];
  setColumnWidths(columns, [1.5]);
  expect(columns.map((column) => column.style.width)).toEqual(["1.5em", "0em"]);
});

test("the focused element is found in a shadow tree too, and only inside the root", () => {
  const host = document.body.appendChild(document.createElement("div"));
  const shadow = host.attachShadow({ mode: "open" });
  const root = shadow.appendChild(document.createElement("div"));
  const field = root.appendChild(document.createElement("input"));
  expect(focusedElement(root)).toBeUndefined();
  field.focus();
  expect(focusedElement(root)).toBe(field);
  expect(focusedElement(null)).toBeUndefined();
  host.remove();
});

test("the browser decodes every HTML character reference, and each only once", () => {
  for (const [name, text] of characters()) expect(characterReference(name), name).toBe(text);
  const asked = vi.spyOn(Element.prototype, "innerHTML", "set");
  for (const [name, text] of characters()) expect(characterReference(name), name).toBe(text);
  expect(asked).not.toHaveBeenCalled();
});

test.each(["nothing", "amp2", "notit", "ampamp", "A".repeat(32)])(
  "%s is not a character reference",
  (name) => {
    expect(characterReference(name)).toBeUndefined();
  },
);

test.each([
  "<script>",
  "lt;<img src=x onerror=alert(1)>",
  "</textarea><img src=x>",
  "amp;",
  "",
  "a",
  "#60",
  "amp\n",
  "a".repeat(40),
])("%j is never passed to the HTML parser", (name) => {
  const asked = vi.spyOn(Element.prototype, "innerHTML", "set");
  expect(characterReference(name)).toBeUndefined();
  expect(asked).not.toHaveBeenCalled();
});

test("on a page that forbids HTML parsing no character reference is known, and nothing throws", () => {
  vi.spyOn(Element.prototype, "innerHTML", "set").mockImplementation(() => {
    throw new TypeError("This document requires 'TrustedHTML' assignment.");
  });
  expect(characterReference("notyetasked")).toBeUndefined();
});

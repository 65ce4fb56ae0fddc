import { expect, test } from "vitest";
import type { Inline } from "../../../src/core/markdown/tree.ts";
import { DocumentView } from "../../../src/view/markdown/document.ts";
import { doc, link, paragraph, text } from "./trees.ts";

function render() {
  const root = document.createElement("div");
  const view = new DocumentView(root);
  const show = (inlines: Inline[], settled = 0) => {
    view.sync(doc([{ kind: "paragraph", level: 0, inlines, settled }], 0));
    return root.querySelector("p") as HTMLElement;
  };
  return { root, show };
}

test("each kind of inline is the element that HTML has for it", () => {
  const { show } = render();
  const p = show([
    text("a"),
    { kind: "emphasis", children: [text("b"), { kind: "strong", children: [text("c")] }] },
    { kind: "strike", children: [text("d")] },
    { kind: "code", text: "e" },
    { kind: "break" },
  ]);
  expect(p.innerHTML).toBe("a<em>b<strong>c</strong></em><del>d</del><code>e</code><br>");
});

test("a tag of the text is an element without attributes", () => {
  const kinds = ["underline", "sub", "sup", "kbd", "mark", "small"] as const;
  const p = render().show(kinds.map((kind) => ({ kind, children: [text(kind)] })));
  const tags =
    "<u>underline</u><sub>sub</sub><sup>sup</sup><kbd>kbd</kbd><mark>mark</mark><small>small</small>";
  expect(p.innerHTML).toBe(tags);
});

test("an open line is updated: nodes stay, only the end of the last text changes", async () => {
  const { root, show } = render();
  document.body.append(root);
  const p = show([text("one "), { kind: "emphasis", children: [text("tw")] }], 1);
  const [first, em] = p.childNodes;
  getSelection()?.setBaseAndExtent(em?.firstChild as Node, 0, em?.firstChild as Node, 2);
  const records: MutationRecord[] = [];
  const observer = new MutationObserver((more) => records.push(...more));
  observer.observe(p, { subtree: true, childList: true, characterData: true });
  show([text("one "), { kind: "emphasis", children: [text("two")] }, text(" three")], 1);
  records.push(...observer.takeRecords());
  expect(p.textContent).toBe("one two three");
  expect([p.childNodes[0], p.childNodes[1]]).toEqual([first, em]);
  expect(p.childNodes[1]).toBe(em);
  expect(getSelection()?.toString()).toBe("tw");
  expect(records.flatMap((record) => [...record.removedNodes])).toEqual([]);
  observer.disconnect();
  root.remove();
});

test("text grows after the nodes behind it are there, so that the browser shapes the line once", () => {
  const { show } = render();
  const p = show([text("one")]);
  const observer = new MutationObserver(() => {});
  observer.observe(p, { subtree: true, childList: true, characterData: true });
  show([text("one two "), { kind: "code", text: "three" }, text(" four")]);
  const types = observer.takeRecords().map((record) => record.type);
  observer.disconnect();
  expect(types).toEqual(["childList", "childList", "characterData"]);
  expect(p.innerHTML).toBe("one two <code>three</code> four");
});

test("a long text is in the same boxes whether its end and what follows come together or one after the other", () => {
  const long = text("long words ".repeat(800));
  const next = [{ kind: "code", text: "next" }, text(" and more")] as const;
  const shown = (...steps: Inline[][]) => {
    const { show } = render();
    return steps.map((inlines) => show(inlines).innerHTML).at(-1);
  };
  const whole = shown([long, ...next]);
  expect(whole).toContain('<span class="nbstream-inlines"><code>next');
  expect(shown([text("long ")], [long, ...next])).toBe(whole);
  expect(shown([text("long ")], [long], [long, ...next])).toBe(whole);
});

test("an inline of another kind replaces the old one", () => {
  const { show } = render();
  show([text("a"), text("*b")]);
  const p = show([text("a"), { kind: "emphasis", children: [text("b")] }]);
  expect(p.innerHTML).toBe("a<em>b</em>");
  expect(show([text("a")]).innerHTML).toBe("a");
});

test("a link opens in another tab without a referrer", () => {
  const a = render().show([link("https://x.example/a b", "words", "a title")]).firstElementChild;
  expect(a?.getAttribute("href")).toBe("https://x.example/a%20b");
  expect(a?.getAttribute("target")).toBe("_blank");
  expect(a?.getAttribute("rel")).toBe("noopener noreferrer");
  expect(a?.getAttribute("title")).toBe("a title");
});

test.each([
  "javascript:alert(1)",
  "java\nscript:alert(1)",
  "data:text/html,x",
  "/relative",
  "#hash",
  "",
  "//x.example",
])("a link to %j is its text and leads nowhere", (href) => {
  const a = render().show([link(href, "words")]).firstElementChild;
  expect(a?.textContent).toBe("words");
  expect(a?.hasAttribute("href") || a?.hasAttribute("target")).toBe(false);
});

test("a link is one node while its text and its address grow", () => {
  const { show } = render();
  const a = show([link("", "wo")]).firstElementChild;
  show([link("", "words")]);
  const p = show([link("https://x.example/", "words")]);
  expect(p.firstElementChild).toBe(a);
  expect(a?.getAttribute("href")).toBe("https://x.example/");
  show([link("javascript:1", "words")]);
  expect(a?.hasAttribute("href")).toBe(false);
});

test("inside a link whose text is not its own address stands its host, also when the title is another host", () => {
  const { show } = render();
  expect(show([link("https://evil.example/", "paypal.com")]).textContent).toBe("paypal.com (→ evil.example)");
  expect(show([link("https://paypal.com/", "paypal.com")]).textContent).toBe("paypal.com");
  expect(show([link("https://paypal.com/", "the bank")]).textContent).toBe("the bank (→ paypal.com)");
  expect(show([link("https://evil.example/", "here", "https://paypal.com")]).textContent).toContain(
    "evil.example",
  );
});

test("a formula or an image in a link cannot be compared with the address, so the host stands there", () => {
  const { show } = render();
  const drawn = (kind: Inline) => ({ ...link("https://evil.example/", ""), children: [kind] }) as Inline;
  expect(show([drawn({ kind: "math", tex: "x", display: false })]).textContent).toContain("(→ evil.example)");
  const image = { kind: "image", src: "https://x.example/a.png", alt: "google.com", title: "" } as Inline;
  expect(show([drawn(image)]).textContent).toContain("(→ evil.example)");
});

test("invisible characters in a code span are shown, also while it grows", () => {
  const { show } = render();
  show([{ kind: "code", text: "ab" }]);
  const p = show([{ kind: "code", text: "ab\u202ec" }]);
  expect(p.querySelector("[data-code='U+202E']")).not.toBeNull();
  expect(show([{ kind: "code", text: "abc" }]).innerHTML).toBe("<code>abc</code>");
});

test("the inlines of two leaves are separate", () => {
  const root = document.createElement("div");
  new DocumentView(root).sync(doc([paragraph("a"), paragraph("b")]));
  expect(root.textContent).toBe("ab");
});

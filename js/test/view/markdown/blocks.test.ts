import { expect, test } from "vitest";
import { DocumentView } from "../../../src/view/markdown/document.ts";
import { MarkdownText } from "../../../src/view/markdown/markdown-text.ts";
import { CORPORA } from "../../core/markdown/corpora.ts";
import { seeded } from "../../core/random.ts";
import { doc, item, list, paragraph, text } from "./trees.ts";
import "../../../src/entry/widget.css";

function render() {
  const root = document.createElement("div");
  root.className = "nbstream";
  document.body.append(root);
  return { root, view: new DocumentView(root) };
}

test("a long list is one list to a screen reader, and its numbers go on from box to box", () => {
  const { root, view } = render();
  const items = Array.from({ length: 100 }, (_, index) => item(paragraph(`item ${index}`)));
  view.sync(doc([list(items, { ordered: true, start: 7, settled: 99 })], 0));
  const ol = root.querySelector("ol");
  expect(ol?.getAttribute("role")).toBe("list");
  expect(ol?.start).toBe(7);
  expect(root.querySelectorAll("[role=presentation] > li[role=listitem]").length).toBe(84);
  expect([...root.querySelectorAll("li")].every((li) => li.closest("ol") === ol)).toBe(true);
  root.remove();
});

test("the text of a list is copied line by line, the boxes leave no gap", () => {
  const { root, view } = render();
  const items = Array.from({ length: 40 }, (_, index) => item(paragraph(`item ${index}`)));
  view.sync(doc([list(items)]));
  getSelection()?.selectAllChildren(root.querySelector("ul") as Element);
  expect(getSelection()?.toString().split("\n").filter(Boolean)).toEqual(items.map((_, i) => `item ${i}`));
  const gaps = [...root.querySelectorAll("li")].map((li) => li.getBoundingClientRect());
  const steps = gaps.slice(1).map((box, index) => Math.round(box.top - (gaps[index]?.top ?? 0)));
  expect(new Set(steps).size).toBe(1);
  root.remove();
});

/** Lay out boxes that the browser may skip as it does when they come into sight. */
function showSkipped(root: Element): void {
  const style = document.createElement("style");
  style.textContent =
    ".nbstream .nbstream-flush.nbstream-past { content-visibility: visible; contain: layout style paint }";
  root.append(style);
}

test("margins go through the borders of boxes as if they were not there", () => {
  const { root, view } = render();
  showSkipped(root);
  view.sync(doc(Array.from({ length: 40 }, (_, index) => paragraph(`paragraph ${index}`))));
  const tops = [...root.querySelectorAll("p")].map((p) => p.getBoundingClientRect().top);
  const steps = tops.slice(1).map((top, index) => Math.round(top - (tops[index] ?? 0)));
  expect(new Set(steps).size).toBe(1);
  root.remove();
});

test.each(Object.keys(CORPORA))(
  "nothing of %s moves when the browser may skip a box, and comes back to it",
  (kind) => {
    const { root } = render();
    showSkipped(root);
    const whole = new MarkdownText(root);
    whole.append(CORPORA[kind]?.(40_000) ?? "");
    whole.end();
    const tops = () =>
      [...root.querySelectorAll(".nbstream-markdown *")].map((node) => node.getBoundingClientRect().top);
    const past = root.querySelectorAll(".nbstream-past");
    const skippable = tops();
    for (const box of past) box.classList.remove("nbstream-past");
    expect(skippable).toEqual(tops());
    if (kind === "mixed") expect(past.length).toBeGreaterThan(5);
    root.remove();
  },
);

/** Every kind of block with a look of its own. */
const KINDS = [
  "text\n\n",
  "- a\n- b\n\n",
  "## head\n\n",
  "##### low\n\n",
  "> quote\n\n",
  "> [!NOTE]\n> alert\n\n",
  "```\ncode\n```\n\n",
  "$$\nx\n$$\n\n",
  "---\n\n",
  "|a|\n|-|\n|b|\n\n",
  "<details><summary>s</summary>\n\nd\n\n</details>\n\n",
  "[^1]: note\n\n",
];

test("blocks of all kinds in any order stand where they would without boxes that may be skipped", () => {
  let boxes = 0;
  for (let seed = 0; seed < 8; seed++) {
    const random = seeded(seed);
    const { root } = render();
    showSkipped(root);
    const markdown = new MarkdownText(root);
    markdown.append(
      `[^1]\n\n${Array.from({ length: 150 }, () => KINDS[Math.floor(random() * KINDS.length)]).join("")}`,
    );
    markdown.end();
    const tops = () =>
      [...root.querySelectorAll(".nbstream-markdown *")].map((node) =>
        node.classList.contains("nbstream-box") ? 0 : Math.round(node.getBoundingClientRect().top * 8) / 8,
      );
    boxes += root.querySelectorAll(".nbstream-overlap.nbstream-flush.nbstream-past").length;
    const skippable = tops();
    for (const box of root.querySelectorAll(".nbstream-box"))
      box.classList.remove("nbstream-past", "nbstream-flush", "nbstream-overlap");
    expect(skippable).toEqual(tops());
    root.remove();
  }
  expect(boxes).toBeGreaterThan(20);
});

test("a list that turns out to be loose keeps its nodes", () => {
  const { root, view } = render();
  const parts = [list([item(paragraph("a"))])];
  view.sync(doc(parts, 0));
  const p = root.querySelector("p");
  const tight = p?.getBoundingClientRect().height;
  expect(getComputedStyle(p as Element).marginBottom).toBe("0px");
  view.sync(doc([list([item(paragraph("a")), item(paragraph("b"))], { tight: false })], 0));
  expect(root.querySelector("p")).toBe(p);
  expect(p?.getBoundingClientRect().height).toBe(tight);
  expect(getComputedStyle(p as Element).marginBottom).not.toBe("0px");
  root.remove();
});

test("a task has a checkbox that the user cannot change", () => {
  const { root, view } = render();
  const task = (done: boolean | undefined) => ({ ...item(paragraph("do")), task: done });
  view.sync(doc([list([task(undefined)])], 0));
  expect(root.querySelector("input")).toBeNull();
  view.sync(doc([list([task(false)])], 0));
  const box = root.querySelector("input");
  expect([box?.type, box?.disabled, box?.checked]).toEqual(["checkbox", true, false]);
  view.sync(doc([list([task(true)])], 0));
  expect(root.querySelector("input")).toBe(box);
  expect(box?.checked).toBe(true);
  root.remove();
});

test("an item and a quote take their direction from their first text, with the mark on its side", () => {
  const { root, view } = render();
  const quote = { kind: "quote" as const, children: [paragraph("עברית")], settled: 0 };
  view.sync(doc([list([item(paragraph("עברית")), item(paragraph("abc"))]), quote]));
  const directions = [...root.querySelectorAll("li, blockquote")].map((n) => getComputedStyle(n).direction);
  expect(directions).toEqual(["rtl", "ltr", "rtl"]);
  expect(getComputedStyle(root.querySelector("blockquote") as Element).borderRightWidth).toBe("5px");
  expect(getComputedStyle(root.querySelector("li") as Element).marginRight).not.toBe("0px");
  root.remove();
});

test("a footnote shows at the end, with its blocks, and leaves no trace where it was written", () => {
  const { root, view } = render();
  const footnote = { kind: "footnote" as const, label: "a", children: [paragraph("note")], settled: 0 };
  view.sync(doc([footnote, paragraph("text", { kind: "note", label: "a", number: 1 })], 0));
  expect(root.querySelector(".nbstream-markdown")?.textContent).toBe("text1");
  expect(root.querySelector(".nbstream-notes li")?.textContent).toBe("note↩");
  view.sync(doc([paragraph("none"), paragraph("text")], 0));
  expect((root.querySelector(".nbstream-notes") as HTMLElement).hidden).toBe(true);
  root.remove();
});

test("no margin is left below the last block, whatever its kind", () => {
  const { root, view } = render();
  const below = () => {
    const last = [...root.querySelectorAll("p")].at(-1)?.getBoundingClientRect().bottom ?? 0;
    return Math.abs(root.getBoundingClientRect().bottom - last);
  };
  root.style.cssText = "display: flow-root; padding: 0";
  const last = [
    paragraph("a"),
    { kind: "quote", children: [paragraph("b")], settled: 1 } as const,
    list([item(paragraph("c"))], { tight: false }),
  ];
  for (const block of last) {
    view.sync(doc([paragraph("first"), block]));
    expect(below()).toBeLessThan(1);
  }
  root.remove();
});

test("an alert is a box with its name, in the direction of its text", () => {
  const { root } = render();
  const markdown = new MarkdownText(root);
  for (const piece of ["> [!WARN", "ING]\n> א `a`\n\n> [!odd]\n"]) markdown.append(piece);
  markdown.end();
  const [box, quote] = root.querySelectorAll("blockquote");
  expect(box?.getAttribute("aria-label")).toBe("Warning");
  expect([...(box?.querySelectorAll("p") ?? [])].map((p) => p.textContent)).toEqual(["Warning", "א a"]);
  expect(box?.querySelector("div")?.dir).toBe("rtl");
  expect(getComputedStyle(box as Element).borderInlineStartWidth).toBe("5px");
  expect(quote?.textContent).toBe("[!odd]");
  root.remove();
});

test("a part that a reader may fold is unfolded until its end has come, and then as it was written", () => {
  const root = document.createElement("div");
  const view = new DocumentView(root);
  const children = [
    { kind: "summary" as const, level: 0, inlines: [text("more")], settled: 1 },
    paragraph("b"),
  ];
  const show = (open: boolean, unfolded = false) => {
    const details = { kind: "details" as const, unfolded, open, children, settled: open ? 1 : 2 };
    view.sync(doc([details], open ? 0 : 1));
    return root.querySelector("details") as HTMLDetailsElement;
  };
  expect(show(true).open).toBe(true);
  expect(show(true).innerHTML).toBe('<summary dir="ltr">more</summary><p dir="ltr">b</p>');
  expect(show(false).open).toBe(false);
});

test("a part without an end hides nothing, and one that is written open stays so", () => {
  const root = document.createElement("div");
  for (const [answer, open] of [
    ["<details><summary>a</summary>\n\nb", true],
    ["<details open>\na\n</details>", true],
    ["<details>\na\n</details>", false],
  ] as const) {
    root.replaceChildren();
    const markdown = new MarkdownText(root);
    markdown.append(answer);
    markdown.end();
    expect(root.querySelector("details")?.open, answer).toBe(open);
  }
});

import { expect, onTestFinished, test } from "vitest";
import { cutIntoBoxes } from "../../../src/view/base/inline-box.ts";
import { RevealedText } from "../../../src/view/markdown/invisible-characters.ts";
import { MarkdownText } from "../../../src/view/markdown/markdown-text.ts";
import { seeded } from "../../core/random.ts";
import "../../../src/entry/widget.css";

function render(text: string, size: number): HTMLElement {
  const root = document.createElement("div");
  const markdown = new MarkdownText(root);
  for (let at = 0; at < text.length; at += size) markdown.append(text.slice(at, at + size));
  markdown.end();
  return root;
}

test("more than 512 inlines stand in boxes, however the text is cut", () => {
  const text = "*a* ".repeat(700);
  const whole = render(text, text.length);
  expect(whole.querySelectorAll("p > .nbstream-inlines").length).toBe(2);
  expect(whole.querySelectorAll("em").length).toBe(700);
  expect(whole.textContent).toBe("a ".repeat(700).trim());
  for (const size of [3, 50]) expect(render(text, size).innerHTML).toBe(whole.innerHTML);
});

test("a box that is not needed any more is removed", () => {
  const root = document.createElement("div");
  const markdown = new MarkdownText(root);
  markdown.append(`[${"`a` ".repeat(600)}`);
  expect(root.querySelectorAll("p > .nbstream-inlines").length).toBe(2);
  markdown.append("](b) c");
  markdown.end();
  expect(root.querySelectorAll("p > .nbstream-inlines").length).toBe(0);
  expect(root.querySelector("p")?.textContent).toBe(`${"a ".repeat(600)} c`);
});

test("code with very many unseen characters stands in boxes", () => {
  const text = `\`${"a\u202e".repeat(260)}\``;
  const whole = render(text, text.length);
  expect(whole.querySelectorAll("code > .nbstream-inlines").length).toBe(1);
  for (const size of [7, 100]) expect(render(text, size).innerHTML).toBe(whole.innerHTML);
});

test("an ordinary paragraph has no boxes", () => {
  expect(render("a *b* `c` ".repeat(100), 40).querySelector(".nbstream-inlines")).toBeNull();
});

test("one update adds a bounded number of inlines, and the next ones add the rest", async () => {
  const root = render("`a` ".repeat(3_000), 20_000);
  expect(root.querySelectorAll("code").length).toBeLessThan(2_200);
  await expect.poll(() => root.querySelectorAll("code").length).toBe(3_000);
  expect(root.textContent).toBe("a ".repeat(3_000).trim());
});

const SCRAPS = [
  "אב ",
  "ab ",
  "word\n",
  "\u202e",
  "👩‍👩‍👧‍👦",
  "e\u0301",
  "x".repeat(50),
  "𝒳".repeat(900),
  "שלום".repeat(700),
];

/** Make a long text of scraps, which may have no white space for thousands of characters. */
function scraps(seed: number): string {
  const random = seeded(seed);
  let made = "";
  while (made.length < 40_000) made += SCRAPS[Math.floor(random() * SCRAPS.length)];
  return made;
}

test("the boxes of a text hold all of it, none is too long, and each ends at white space if there is some", () => {
  for (let seed = 0; seed < 40; seed++) {
    const text = scraps(seed);
    const { boxes, rest } = cutIntoBoxes(text);
    expect(boxes.flat().join("") + rest).toBe(text);
    expect(boxes.length).toBeGreaterThan(5);
    for (const [box, space] of boxes) {
      expect(box.length).toBeLessThanOrEqual(4_000);
      if (!space) expect(box).toMatch(/^\S+$/);
      expect(box).not.toMatch(/[\ud800-\udbff\u200d]$/);
    }
    expect(rest.length).toBeLessThanOrEqual(8_000);
  }
});

test("a character is not torn from those that are joined to it", () => {
  for (const unit of ["e\u0301", "👩‍👩‍👧‍👦", "👍🏽", "🇩🇪", "𝒳"]) {
    const { boxes } = cutIntoBoxes(unit.repeat(9_000));
    for (const [box] of boxes) expect(box.length % unit.length).toBe(0);
  }
});

/** Show a text in pieces as code or prose whose work is done at once. */
function reveal(text: string, size: number): HTMLElement {
  const host = document.createElement("code");
  const grown = new RevealedText(host, (work) => work());
  for (let at = size; at < text.length; at += size) grown.sync(text.slice(0, at));
  grown.sync(text);
  return host;
}

test("a long text stands in the same boxes however it is cut", () => {
  for (let seed = 0; seed < 10; seed++) {
    const text = scraps(seed);
    const whole = reveal(text, text.length);
    expect(whole.textContent).toBe(text);
    expect(whole.querySelectorAll(".nbstream-inlines").length).toBeGreaterThan(4);
    expect(reveal(text, 1_024).innerHTML).toBe(whole.innerHTML);
    expect(reveal(text, 333).innerHTML).toBe(whole.innerHTML);
  }
});

test("a text in two directions is laid out in parts of a few thousand characters, wherever it stands", async () => {
  const line = "אב ab ".repeat(5_000);
  const many = `*${"אב ab ".repeat(30)}* `.repeat(170);
  const texts = [
    line,
    `# ${line}`,
    `*${line}*`,
    `[${line}](b)`,
    `![${line}](b)`,
    `\`${line}\``,
    `\`\`\`\n${line}`,
    `$$\n${line}`,
    many,
  ];
  for (const text of [...texts, `|a|\n|-|\n|${line}|`, `a\u202e${line}`, `**a ${many}**`]) {
    const root = render(text, 1_024);
    await expect.poll(() => root.textContent?.length).toBeGreaterThan(29_500);
    const lengths = [...root.querySelectorAll("*")].map((node) => {
      // What the browser lays out together: the element without its boxes.
      const copy = node.cloneNode(true) as Element;
      for (const box of copy.querySelectorAll(".nbstream-inlines")) box.remove();
      return copy.textContent?.length ?? 0;
    });
    expect(Math.max(...lengths), text.slice(0, 9)).toBeLessThan(17_000);
  }
});

test("a paragraph of 8,000 characters has no boxes", () => {
  expect(render("אב ab ".repeat(1_333), 1_000).querySelector(".nbstream-inlines")).toBeNull();
});

test("the lines of a long formula's source stand one below the other, and its text is copied as it is", async () => {
  const root = document.body.appendChild(document.createElement("div"));
  root.className = "nbstream";
  onTestFinished(() => root.remove());
  const markdown = new MarkdownText(root);
  const tex = Array.from({ length: 5_000 }, (_, index) => `x_${index}`).join("\n");
  markdown.append(`$$\n${tex}\n$$\n`);
  markdown.end();
  const source = root.querySelector(".nbstream-tex") as HTMLElement;
  await expect.poll(() => source.textContent).toBe(tex);
  expect(source.querySelectorAll(".nbstream-inlines").length).toBeGreaterThan(5);
  getSelection()?.selectAllChildren(source);
  expect(getSelection()?.toString()).toBe(tex);
  const boxes = [...source.querySelectorAll(".nbstream-inlines")].map((box) => box.getBoundingClientRect());
  for (const [index, { top }] of boxes.slice(1).entries())
    expect(top).toBeGreaterThanOrEqual((boxes[index]?.bottom ?? 0) - 1);
});

import { afterEach, expect, test, vi } from "vitest";
import { CodeView, languageOf } from "../../../src/view/markdown/code.ts";
import { DETACHED } from "../../../src/view/markdown/context.ts";
import { Footnotes } from "../../../src/view/markdown/footnotes.ts";
import { code } from "./trees.ts";
import "../../../src/entry/widget.css";

const announced: string[] = [];
const requestedLanguages: string[] = [];

function render(insertCode?: (code: string) => void) {
  const highlighter = async (language: string) => void requestedLanguages.push(language);
  const assets = { ...DETACHED.assets, highlighter: highlighter as never };
  const announce = (text: string) => announced.push(text);
  const view = new CodeView({
    ...DETACHED,
    announce,
    insertCode,
    assets,
    footnotes: new Footnotes("v"),
    renderFormula: undefined,
    rebuilders: new WeakMap(),
  });
  const root = document.createElement("div");
  root.className = "nbstream";
  root.append(view.node);
  document.body.append(root);
  return { root, view };
}

afterEach(() => {
  for (const root of document.querySelectorAll(".nbstream")) root.remove();
  vi.restoreAllMocks();
  requestedLanguages.length = announced.length = 0;
});

test.each([
  ["python", "python"],
  ["  c++ extra", "c++"],
  ["{r, echo=FALSE}", "r"],
  ["{.rust .numberLines}", "rust"],
  ["js:title=x", "js"],
  ["", ""],
  ["x".repeat(90), "x".repeat(40)],
])("the info %j names the language %j", (info, language) => {
  expect(languageOf(info)).toBe(language);
});

test("a block shows and announces its language", () => {
  const { root, view } = render();
  view.sync(code("python title=x", ["a = 1"], 1, true), false);
  expect(root.querySelector(".nbstream-code-language")?.textContent).toBe("python");
  expect(root.querySelector("pre")?.getAttribute("aria-label")).toBe("Code in python");
  view.sync(code("python title=x", ["a = 1", "b"]), true);
  expect(announced).toEqual(["Code in python, 2 lines"]);
});

test("a highlighter is requested once the fence is complete", () => {
  const { view } = render();
  for (const info of ["p", "pyth", "python"]) view.sync(code(info, [], 0, true), false);
  view.sync(code("python", ["a"], 0, true), false);
  expect(requestedLanguages).toEqual(["python"]);
});

test("Copy copies the exact source, with its invisible characters", async () => {
  const { root, view } = render();
  const lines = ["a\tb  ", "", "x = '\u202e\u200b'", "😀"];
  view.sync(code("", lines), true);
  const write = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
  [...root.querySelectorAll("button")].find((button) => button.textContent === "Copy")?.click();
  await expect.poll(() => write.mock.calls).toEqual([[lines.join("\n")]]);
});

test("a selection in a block is copied as it was written, across chunks and marks", () => {
  const { root, view } = render();
  const lines = Array.from({ length: 70 }, (_, i) => (i % 9 ? `line ${i}\u202e x` : ""));
  view.sync(code("", lines), true);
  getSelection()?.selectAllChildren(root.querySelector("code") as Element);
  expect(getSelection()?.toString().trimEnd()).toBe(lines.join("\n"));
});

test("long lines scroll inside the block, or are wrapped at the user's request", () => {
  const { root, view } = render();
  root.style.width = "300px";
  view.sync(code("", ["word ".repeat(100)]), true);
  const pre = root.querySelector("pre") as HTMLElement;
  expect(pre.scrollWidth).toBeGreaterThan(1000);
  expect(root.scrollWidth).toBeLessThanOrEqual(300);
  const wrap = [...root.querySelectorAll("button")].find((button) => button.textContent === "Wrap");
  wrap?.click();
  expect(wrap?.getAttribute("aria-pressed")).toBe("true");
  expect(pre.scrollWidth).toBeLessThanOrEqual(300);
});

function insertButton(root: Element): HTMLButtonElement | undefined {
  return [...root.querySelectorAll("button")].find((button) => button.textContent === "Insert");
}

test.each([
  ["python", true],
  ["Python3 title=x", true],
  ["{py}", true],
  ["ipython", true],
  ["", true],
  ["bash", false],
  ["pycon", false],
  ["javascript", false],
])("code in %j can be put into the notebook: %s", (info, offered) => {
  const put: string[] = [];
  const { root, view } = render((code) => put.push(code));
  // An unfinished fence has no reliable language yet.
  view.sync(code("", [], 0, true), false);
  expect(insertButton(root)?.checkVisibility()).toBe(false);
  view.sync(code(info, ["a\tb  ", "", "x = '\u202e'"]), true);
  expect(insertButton(root)?.checkVisibility()).toBe(offered);
  if (offered) insertButton(root)?.click();
  expect(put).toEqual(offered ? ["a\tb  \n\nx = '\u202e'"] : []);
});

test("without a notebook there is no Insert button", () => {
  const { root, view } = render();
  view.sync(code("python", ["x"]), true);
  expect(insertButton(root)).toBe(undefined);
});

test("a finished mermaid block has a diagram where the host draws one", () => {
  const mermaid = code("mermaid", ["graph TD"]);
  const buttons = (drawDiagram?: () => Promise<HTMLElement>) => {
    const view = new CodeView({
      ...DETACHED,
      drawDiagram,
      footnotes: new Footnotes("v"),
      renderFormula: undefined,
      rebuilders: new WeakMap(),
    });
    view.sync(mermaid, false);
    expect(view.node.querySelector(".nbstream-diagram")).toBeNull();
    view.sync(mermaid, true);
    view.sync(mermaid, true);
    return [...view.node.querySelectorAll("button")].filter((node) => node.textContent === "Show diagram")
      .length;
  };
  expect(buttons(async () => document.createElement("div"))).toBe(1);
  expect(buttons()).toBe(0);
});

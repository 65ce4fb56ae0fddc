/** Tests of the places of the states' parts, also on pages from right to left and in the system's colours. */

import { afterEach, beforeEach, expect, test } from "vitest";
import { cdp, page } from "vitest/browser";
import { newContainer } from "../fakes.ts";
import { STATES } from "../states.ts";
import "../../src/entry/widget.css";
import "../../src/entry/batch.css";

type Emulation = { send(method: string, params: object): Promise<unknown> };

let life: AbortController;
let el: HTMLElement;

beforeEach(async () => {
  life = new AbortController();
  await page.viewport(1_280, 900);
  el = newContainer(life.signal);
});

afterEach(async () => {
  life.abort();
  document.documentElement.removeAttribute("dir");
  await emulate("Emulation.setEmulatedMedia", { features: [] });
  await emulate("Emulation.setTouchEmulationEnabled", { enabled: false });
});

async function emulate(method: string, params: object): Promise<void> {
  await (cdp() as unknown as Emulation).send(method, params);
}

/** Draw a state, and return one of its parts once it is there. */
async function show(state: string, selector: string): Promise<HTMLElement> {
  STATES[state]?.(el, life.signal);
  await expect.poll(() => el.querySelector(selector)).not.toBeNull();
  return part(selector);
}

function part(selector: string): HTMLElement {
  return el.querySelector(selector) as HTMLElement;
}

function box(node: Element): DOMRect {
  return node.getBoundingClientRect();
}

/** Return the edges of one letter of an element's text. */
function letter(node: Element, index: number): DOMRect {
  const range = document.createRange();
  const text = document.createTreeWalker(node, NodeFilter.SHOW_TEXT).nextNode() as Text;
  range.setStart(text, index);
  range.setEnd(text, index + 1);
  return range.getBoundingClientRect();
}

async function useSystemColours(): Promise<void> {
  const features = [{ name: "forced-colors", value: "active" }];
  await emulate("Emulation.setEmulatedMedia", { features });
}

/** Return the colour of the page where the system sets the colours. */
function canvasColour(): string {
  const probe = el.appendChild(document.createElement("div"));
  probe.style.color = "Canvas";
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

test.each([
  ["a mouse", false],
  ["a finger", true],
])("for %s, the text of an empty box has its middle where its buttons have theirs", async (_, enabled) => {
  await emulate("Emulation.setTouchEmulationEnabled", { enabled });
  const message = await show("empty", "textarea");
  const style = getComputedStyle(message);
  const { paddingTop, lineHeight } = style;
  const middle = box(message).top + Number.parseFloat(paddingTop) + Number.parseFloat(lineHeight) / 2;
  const button = box(part(".nbstream-send"));
  expect(Math.abs(middle - (button.top + button.bottom) / 2)).toBeLessThan(0.6);
  const { textOverflow } = getComputedStyle(message, "::placeholder");
  expect([style.textOverflow, textOverflow]).toEqual(["ellipsis", "ellipsis"]);
});

test("the buttons of a run touch neither its bar nor its table, and the line keeps its height without Stop", async () => {
  const stop = await show("many rows", ".nbstream-batch-actions .nbstream-stop");
  await expect.poll(() => el.querySelector(".nbstream-row")).not.toBeNull();
  expect(box(part(".nbstream-rows")).top - box(stop).bottom).toBeGreaterThanOrEqual(4);
  expect(box(stop).top - box(part(".nbstream-progress")).bottom).toBeGreaterThanOrEqual(4);
  const height = box(part(".nbstream-bar")).height;
  stop.remove();
  expect(box(part(".nbstream-bar")).height).toBe(height);
});

test("a waiting message is as wide as the message box", async () => {
  const row = await show("queue", ".nbstream-queue > li:not([hidden])");
  expect(box(row).width).toBeCloseTo(box(part(".nbstream-frame")).width, 0);
});

test("the figures end where their row ends", async () => {
  const figures = await show("done", ".nbstream-foot .nbstream-figures > :last-child > .nbstream-figure");
  expect(box(part(".nbstream-foot")).right - box(figures).right).toBeCloseTo(0, 0);
});

test("after a restart there is one way to go on", async () => {
  await show("restarted", ".nbstream-move");
  const names = [...el.querySelectorAll<HTMLElement>(".nbstream-turn button, .nbstream-bar button")]
    .filter((node) => node.checkVisibility({ opacityProperty: true }) && node.textContent)
    .map((node) => node.textContent);
  expect(names.filter((name) => /Continue|Retry/.test(name ?? ""))).toEqual(["Continue here"]);
  expect(part(".nbstream-note").innerText).toBe("A restart cut the answer off here.");
});

test("where the host styles all of its buttons, those of the widget keep their corners", async () => {
  const host = document.head.appendChild(document.createElement("style"));
  host.textContent = ".host button { border-radius: 2px; }";
  life.signal.addEventListener("abort", () => host.remove());
  el.classList.add("host");
  const run = await show("approving", ".nbstream-primary");
  expect(getComputedStyle(run).borderRadius).toBe("6px");
  expect(getComputedStyle(part(".nbstream-stop")).borderRadius).toBe("50%");
  const starter = await show("empty", ".nbstream-starters > button");
  expect(getComputedStyle(starter).borderRadius).toBe("16px");
});

test("in a comparison, the name of a model begins where its answer does", () => {
  el.classList.add("nbstream-comparison");
  el.innerHTML = '<div class="widget-html"><h4>a</h4></div><div class="nbstream"></div>';
  const host = document.head.appendChild(document.createElement("style"));
  host.textContent = ".widget-html { margin: 2px; }";
  life.signal.addEventListener("abort", () => host.remove());
  expect(box(part("h4")).left).toBe(box(part(".nbstream")).left);
  expect(getComputedStyle(el).paddingInlineStart).toBe("0px");
});

test("a failed call has one line of the failure's colour", async () => {
  const pane = await show("tool failed", ".nbstream-pane.nbstream-alert");
  expect(getComputedStyle(pane).borderInlineStartWidth).toBe("0px");
});

test("a formula has room for ink above and below its box", () => {
  const formula = newContainer(life.signal).appendChild(document.createElement("div"));
  formula.className = "nbstream-formula";
  expect(Number.parseFloat(getComputedStyle(formula).paddingBlockStart)).toBeGreaterThanOrEqual(2);
});

test("on a page from right to left, a call is read from the left and stands at the right", async () => {
  document.documentElement.dir = "rtl";
  const line = await show("approving", ".nbstream-call-ask > .nbstream-call-line");
  const [name, args, label] = [".nbstream-call-name", ".nbstream-call-arguments", "span:not(:empty)"].map(
    (selector) => box(line.querySelector(selector) as Element),
  ) as [DOMRect, DOMRect, DOMRect];
  expect(name.right).toBeLessThanOrEqual(args.left + 1);
  expect(args.right).toBeLessThanOrEqual(label.left + 1);
  expect(box(line).right - label.right).toBeLessThan(2);
});

test("on a page from right to left, sizes and marks of omission keep their order", async () => {
  document.documentElement.dir = "rtl";
  const size = await show("edit", ".nbstream-editor .nbstream-file-size");
  expect(letter(size, 0).left).toBeLessThan(letter(size, size.textContent.length - 1).left);
  expect(getComputedStyle(part(".nbstream-editor textarea")).unicodeBidi).toBe("plaintext");
  const summary = await show("thinking", ".nbstream-thinking > summary");
  expect(summary.textContent).toBe("Thinking…");
  expect(letter(summary, 0).left).toBeLessThan(letter(summary, 8).left);
});

test("on a page from right to left, Retry stands before the state of its row, and apart from it", async () => {
  document.documentElement.dir = "rtl";
  const retry = await show("many rows", ".nbstream-row-state > button");
  const state = part(".nbstream-row-state:has(> button) > span");
  expect(box(retry).left - box(state).right).toBeGreaterThanOrEqual(6);
});

test("where the system sets the colours, nothing that is folded or quiet has a frame", async () => {
  await useSystemColours();
  const folded = await show("compare", ".nbstream-folded");
  expect(getComputedStyle(folded).borderTopWidth).toBe("0px");
  expect(getComputedStyle(part(".nbstream .nbstream-frame")).borderTopColor).toBe(canvasColour());
  const call = await show("tool failed", ".nbstream-call");
  await expect.poll(() => el.querySelector(".nbstream-pane.nbstream-alert")).not.toBeNull();
  expect(getComputedStyle(part(".nbstream-pane.nbstream-alert")).borderInlineStartWidth).toBe("1px");
  expect(getComputedStyle(call).borderTopColor).toBe(canvasColour());
});

/** Tests of every state of the widget in every theme, and on small, enlarged and unusual pages. */

import axe from "axe-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cdp, page, userEvent } from "vitest/browser";
import { Connection } from "../../src/chat/connection.ts";
import webStyles from "../../src/entry/web.css?raw";
import { ChatView } from "../../src/view/chat.ts";
import { ANSWER, animationFrames, ended, FakeKernel, newContainer, QUESTION, text } from "../fakes.ts";
import { STATES } from "../states.ts";
import { THEMES } from "./themes.ts";
import "../../src/entry/widget.css";
import "../../src/entry/batch.css";

/** WCAG 2.2: 1.4.11 for icons and the focus. That of text, 4.5, is one of axe's rules. */
const LEAST_CONTRAST = 3;

const ICONS = "button:is(.nbstream-icon, .nbstream-attach, .nbstream-send, .nbstream-stop):enabled";

/** What the user presses. A link in a line of text is as high as the line. */
const ACTIONS = "button, select, textarea, summary";

const ARABIC = `هذه فقرة عن أنواع البيانات.

- نقطة أولى
- نقطة ثانية

| الاسم | العدد |
| --- | --- |
| واحد | 12 |

\`\`\`python
print(1)
\`\`\`
`;

let life: AbortController;

beforeEach(async () => {
  life = new AbortController();
  // A view that is out of sight is not painted.
  await page.viewport(1_280, 9_000);
});

afterEach(async () => {
  life.abort();
  document.body.removeAttribute("style");
  document.documentElement.removeAttribute("dir");
  await emulate({});
  await touch(false);
});

/** Set the user's preferences that media queries ask for. */
async function emulate(features: Readonly<Record<string, string>>): Promise<void> {
  const list = Object.entries(features).map(([name, value]) => ({ name, value }));
  const session = cdp() as unknown as { send(method: string, params: object): Promise<unknown> };
  await session.send("Emulation.setEmulatedMedia", { features: list });
}

/** Make the page that of a touch screen, or that of a mouse again. */
async function touch(enabled: boolean): Promise<void> {
  const session = cdp() as unknown as { send(method: string, params: object): Promise<unknown> };
  await session.send("Emulation.setTouchEmulationEnabled", { enabled });
}

async function showAll(): Promise<HTMLElement> {
  const el = newContainer(life.signal);
  for (const [name, draw] of Object.entries(STATES)) {
    const state = el.appendChild(document.createElement("div"));
    state.dataset.state = name;
    draw(state, life.signal);
  }
  await expect.poll(() => el.querySelector(".nbstream-editor")).not.toBeNull();
  await expect.poll(() => el.querySelector(".nbstream-row button")).not.toBeNull();
  await expect.poll(() => el.querySelector(".nbstream-queue > li:not([hidden])")).not.toBeNull();
  await expect.poll(() => el.querySelectorAll("[data-state=object] td").length).toBe(6);
  return el;
}

async function faults(el: Element): Promise<string[]> {
  // Rules for whole pages concern the host, and two chats on one page may have the same first message.
  const { violations } = await axe.run(el, { rules: { region: { enabled: false } } });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary}`),
  );
}

const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

/** Return the colour that a pixel has under these layers, the lowest first, as relative luminance. */
function luminance(layers: readonly string[]): number {
  if (!canvas) throw new Error("no canvas");
  for (const layer of ["Canvas", ...layers]) {
    canvas.fillStyle = layer;
    canvas.fillRect(0, 0, 1, 1);
  }
  const [r = 0, g = 0, b = 0] = [...canvas.getImageData(0, 0, 1, 1).data].map((byte) => {
    const share = byte / 255;
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Return the grounds of an element, from the page's up to its own. */
function grounds(node: Element | null): string[] {
  return node ? [...grounds(node.parentElement), getComputedStyle(node).backgroundColor] : [];
}

function contrast(below: readonly string[], above: string): number {
  const [dark = 0, light = 0] = [luminance(below), luminance([...below, above])].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** List the icons and the rings of the focus that stand out too little, with their contrast. */
function faintMarks(el: HTMLElement): string[] {
  const marks = [...el.querySelectorAll<HTMLElement>(ICONS)].map((icon) => {
    const ratio = contrast(grounds(icon), getComputedStyle(icon).color);
    return [`icon ${icon.textContent || icon.ariaLabel}`, ratio] as const;
  });
  const rings = [
    ...el.querySelectorAll<HTMLElement>(".nbstream article, .nbstream-frame, .nbstream-editor textarea"),
  ].map((node) => {
    const ring = getComputedStyle(node).getPropertyValue("--nbstream-action");
    node.style.color = ring;
    const { color } = getComputedStyle(node);
    node.style.color = "";
    return [`focus of ${node.className}`, contrast(grounds(node.parentElement), color)] as const;
  });
  expect(marks.length).toBeGreaterThan(40);
  expect(rings.length).toBeGreaterThan(40);
  return [...marks, ...rings]
    .filter(([, ratio]) => ratio < LEAST_CONTRAST)
    .map(([name, ratio]) => `${name}: ${ratio.toFixed(2)}`);
}

test.each(Object.entries(THEMES))(
  "in %s, axe finds no fault in any state, and icons and the focus stand out",
  { timeout: 120_000 },
  async (_, theme) => {
    document.body.setAttribute("style", theme);
    const el = await showAll();
    expect(faintMarks(el)).toEqual([]);
    expect(await faults(el)).toEqual([]);
  },
);

test.each(["light", "dark"])(
  "on the %s page without a notebook, axe finds no fault in any state, and icons and the focus stand out",
  { timeout: 120_000 },
  async (scheme) => {
    await emulate({ "prefers-color-scheme": scheme });
    const sheet = document.head.appendChild(document.createElement("style"));
    sheet.textContent = webStyles;
    life.signal.addEventListener("abort", () => sheet.remove());
    document.body.setAttribute("style", "display: block; height: auto");
    const el = await showAll();
    expect(faintMarks(el)).toEqual([]);
    expect(await faults(el)).toEqual([]);
  },
);

/** List the parts that stick out of their state to the left or the right. */
function widerThanPage(el: HTMLElement): string[] {
  return [...el.querySelectorAll<HTMLElement>("[data-state]")].flatMap((state) => {
    const frame = state.getBoundingClientRect();
    return [...state.querySelectorAll<HTMLElement>("article, form, button, textarea, .nbstream-bar")]
      .filter((node) => node.checkVisibility() && !node.closest(".nbstream-rows, .nbstream-offstage"))
      .filter((node) => {
        const { left, right, width } = node.getBoundingClientRect();
        return width > 1 && (left < frame.left - 1 || right > frame.right + 1);
      })
      .map((node) => `${state.dataset.state}: ${node.localName} ${node.className}`);
  });
}

// 200 % of a page of 760 pixels has the room of one of 380 pixels.
test.each([
  ["at 760 pixels", "width: 760px"],
  ["at 390 pixels", "width: 390px"],
  ["enlarged to 200 %", "width: 760px; zoom: 2"],
])("%s no state sticks out", async (_, style) => {
  document.body.setAttribute("style", `${style}; --jp-content-font-family: "DejaVu Sans"`);
  const el = await showAll();
  await animationFrames();
  expect(widerThanPage(el)).toEqual([]);
});

test("on a page from right to left, the text begins at the right and the buttons follow it", async () => {
  document.documentElement.dir = "rtl";
  document.body.setAttribute("style", "width: 600px");
  const el = await showAll();
  expect(widerThanPage(el)).toEqual([]);
  const frame = el.querySelector("[data-state=done] .nbstream-frame") as HTMLElement;
  const left = (selector: string) =>
    frame.querySelector(selector)?.getBoundingClientRect().left ?? Number.NaN;
  expect(left(".nbstream-attach")).toBeGreaterThan(left("textarea"));
  expect(left("textarea")).toBeGreaterThan(left(".nbstream-send"));
  const log = el.querySelector("[data-state=done] [role=log]") as HTMLElement;
  const edges = (node: Element | null) => node?.getBoundingClientRect() ?? new DOMRect(Number.NaN);
  const message = edges(log.querySelector("[data-role=user]"));
  const answer = edges(log.querySelector("[data-role=assistant]"));
  expect(edges(log).right - answer.right).toBeLessThan(10);
  expect(message.left - edges(log).left).toBeLessThan(10);
  expect(message.width).toBeLessThan(answer.width);
});

test("on a page from right to left, an Arabic answer begins at the right, and code in it at the left", async () => {
  document.documentElement.dir = "rtl";
  document.body.setAttribute("style", "width: 600px");
  const el = newContainer(life.signal);
  const kernel = new FakeKernel();
  const connection = new Connection(kernel, [], life.signal);
  connection.attach(new ChatView(el, connection, life.signal), life.signal);
  kernel.write([...QUESTION, ...ANSWER, text(ARABIC), ...ended("done", { cost: 0.0022 })]);
  await expect.poll(() => el.querySelectorAll("td").length).toBe(2);
  await expect.poll(() => el.querySelector(".nbstream-actions")).not.toBeNull();
  expect(widerThanPage(el)).toEqual([]);
  const answer = el.querySelector("[data-role=assistant] .nbstream-text") as HTMLElement;
  const frame = answer.getBoundingClientRect();
  const firstLine = (selector: string) => {
    const range = document.createRange();
    const words = document.createTreeWalker(answer.querySelector(selector) as Element, NodeFilter.SHOW_TEXT);
    range.selectNodeContents(words.nextNode() as Text);
    return range.getClientRects()[0] ?? new DOMRect();
  };
  for (const selector of ["p", "li"]) {
    const right = firstLine(selector).right;
    expect(frame.right - right, selector).toBeLessThan(40);
    expect(firstLine(selector).left - frame.left, selector).toBeGreaterThan(100);
  }
  // The first column is at the right, and the lines of code begin at the left of their box.
  const [first, second] = [...answer.querySelectorAll("td")].map((cell) => cell.getBoundingClientRect().left);
  expect(first).toBeGreaterThan(second ?? Number.NaN);
  const pre = answer.querySelector("pre")?.getBoundingClientRect();
  expect(firstLine("pre code").left - (pre?.left ?? 0)).toBeLessThan(40);
  // The actions begin where the text does.
  const actions = el.querySelector(".nbstream-actions > button")?.getBoundingClientRect();
  expect(frame.right - (actions?.right ?? 0)).toBeLessThan(10);
});

test("where the pointer is a finger, every action has 40 pixels in height and width", async () => {
  await touch(true);
  const el = await showAll();
  expect(matchMedia("(pointer: coarse)").matches).toBe(true);
  const actions = [...el.querySelectorAll<HTMLElement>(ACTIONS)].filter(
    (node) => node.checkVisibility() && !node.closest(".nbstream-offstage"),
  );
  expect(actions.length).toBeGreaterThan(80);
  const small = actions.flatMap((node) => {
    const { width, height } = node.getBoundingClientRect();
    const state = node.closest<HTMLElement>("[data-state]")?.dataset.state;
    const name = node.ariaLabel || node.textContent || node.className;
    return width < 39.5 || height < 39.5 ? [`${state}: ${name}, ${width} x ${height}`] : [];
  });
  expect(small).toEqual([]);
});

test("with reduced motion, nothing moves", async () => {
  await emulate({ "prefers-reduced-motion": "reduce" });
  await showAll();
  const moving = document
    .getAnimations()
    .filter(({ effect }) => Number(effect?.getComputedTiming().activeDuration ?? 0) > 0)
    .map(({ effect }) => (effect as KeyframeEffect).target?.className);
  expect(moving).toEqual([]);
});

test("with the system's colours, each button has a border or an icon in the system's colour", async () => {
  await emulate({ "forced-colors": "active" });
  const el = await showAll();
  expect(matchMedia("(forced-colors: active)").matches).toBe(true);
  const buttons = [...el.querySelectorAll<HTMLElement>("button.nbstream-button")].filter((node) =>
    node.checkVisibility(),
  );
  expect(buttons.length).toBeGreaterThan(80);
  const ground = luminance([getComputedStyle(document.body).backgroundColor]);
  const bare = buttons.filter((node) => luminance([getComputedStyle(node).borderTopColor]) === ground);
  expect(bare.map(({ className }) => className)).toEqual([]);
  const icons = buttons.filter((node) => node.matches(ICONS));
  const shown = icons.map((node) => getComputedStyle(node, "::before").backgroundColor);
  expect(shown.length).toBeGreaterThan(40);
  expect(shown.filter((colour) => luminance([colour]) === ground)).toEqual([]);
});

test("the list of sources stands apart from the answer above it", async () => {
  const el = newContainer(life.signal);
  STATES.citing?.(el, life.signal);
  await expect.poll(() => el.querySelector("section.nbstream-sources")).not.toBeNull();
  const bottom = el.querySelector(".nbstream-markdown p")?.getBoundingClientRect().bottom ?? Number.NaN;
  const top = el.querySelector(".nbstream-sources-name")?.getBoundingClientRect().top ?? Number.NaN;
  expect(top - bottom).toBeGreaterThanOrEqual(8);
});

test("the ring of the focus is not cut off at the edge of an output that clips", async () => {
  const el = newContainer(life.signal);
  el.style.cssText = "overflow: hidden; width: 500px";
  STATES.done?.(el, life.signal);
  await expect.poll(() => el.querySelector("article")).not.toBeNull();
  await userEvent.tab();
  for (const node of el.querySelectorAll<HTMLElement>("article, .nbstream-frame")) {
    const target = node.querySelector<HTMLElement>("textarea") ?? node;
    target.focus();
    const style = getComputedStyle(node);
    const room = Number.parseFloat(style.outlineWidth) + Number.parseFloat(style.outlineOffset);
    expect(style.outlineStyle, node.className).toBe("solid");
    const { left } = node.getBoundingClientRect();
    expect(left - el.getBoundingClientRect().left).toBeGreaterThanOrEqual(room);
  }
});

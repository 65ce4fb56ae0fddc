import axe from "axe-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Connection } from "../../src/chat/connection.ts";
import type { Op } from "../../src/core/protocol.ts";
import { ChatView } from "../../src/view/chat.ts";
import type { Assets, Token } from "../../src/view/markdown/assets.ts";
import { ANSWER, ended, FakeKernel, newContainer, QUESTION, text } from "../fakes.ts";
import { PIXEL } from "./payloads.ts";
import { THEMES } from "./themes.ts";
import "../../src/entry/widget.css";

const STYLES = "keyword string number comment def operator builtin atom type tag meta deleted inserted".split(
  " ",
);

const PARTS: Assets = {
  highlighter: async () => {
    const colours = {
      tokenize: (line: string): Token[] =>
        line.split(/(?<= )/).map((word, index) => ({ text: word, style: STYLES[index] ?? "" })),
      copy: () => colours,
    };
    return colours;
  },
  math: async () => undefined,
  output: async () => undefined,
};

const WORDS = STYLES.join(" ");
const ROWS = Array.from({ length: 40 }, (_, i) => `| ${i} | [x](https://x.example) | \`y\` |\n`).join("");
const ITEMS = Array.from({ length: 40 }, (_, i) => `${i + 1}. item\n`).join("");

const MARKDOWN = `# One

## Two

### Three

Text with **bold**, *emphasis*, ~~strike~~, \`code\u202e\`, [a link](https://x.example), [paypal.com](https://evil.example),
![a picture](https://x.example/i.png), $x^2$ and a note[^n].

- one
  - two
- [x] done

${ITEMS}
> quote

\`\`\`python
${WORDS}
${WORDS} ${"long ".repeat(60)}
\`\`\`

| a | b | c |
|---|:-:|--:|
${ROWS}
$$
x
$$

عربي

---

[^n]: The note.
`;

let life: AbortController;

beforeEach(() => {
  life = new AbortController();
});

afterEach(() => {
  life.abort();
  document.body.removeAttribute("style");
});

async function faults(el: Element): Promise<string[]> {
  // Rules for whole pages concern the host.
  const { violations } = await axe.run(el, { rules: { region: { enabled: false } } });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`),
  );
}

async function render(running: boolean): Promise<HTMLElement> {
  const kernel = new FakeKernel();
  const connection = new Connection(kernel, [], life.signal);
  const el = newContainer(life.signal);
  connection.attach(new ChatView(el, connection, life.signal, PARTS), life.signal);
  kernel.write([...QUESTION, { op: "block", type: "thinking", at: 0 }, text("Hm."), { op: "close", at: 3 }]);
  kernel.write([...ANSWER, text(MARKDOWN)]);
  if (!running) kernel.write(ended("failed", { error: "The network is gone.", retry_at: 30 }));
  await expect.poll(() => el.querySelector(".nbstream-hl-keyword")).not.toBeNull();
  await expect.poll(() => el.querySelector("table.nbstream-fixed")).not.toBeNull();
  const details = el.querySelector("details");
  if (details) details.open = true;
  return el;
}

test.each(Object.entries(THEMES))(
  "axe finds no fault in a conversation in %s",
  { timeout: 60_000 },
  async (_, theme) => {
    document.body.setAttribute("style", theme);
    const el = await render(false);
    const all = [...el.querySelectorAll("button")].find((button) => button.textContent === "Show all");
    all?.click();
    const actions = () =>
      [...el.querySelectorAll(".nbstream-actions button")].map((node) => node.textContent);
    // A conversation this long takes several paints, and the end of a turn comes with the last.
    await expect.poll(actions).toEqual(["Copy", "Continue", "Retry"]);
    expect(el.querySelector(".nbstream-wait")?.textContent).toContain("Claude asks to wait");
    expect(await faults(el)).toEqual([]);
  },
);

function block(type: string, data: object, words = ""): Op[] {
  return [{ op: "block", type, at: 2, data: { ...data } }, text(words), { op: "close", at: 3 }];
}

const SOURCE = {
  title: "Grass",
  url: "https://a.example/",
  age: "2 days ago",
  cited: "Grass is green.",
  page: 3,
};
const IMAGE = { name: "a.png", media_type: "image/png", data: PIXEL, width: 40, height: 20 };

/** Tool calls in all states with every field of their results, and every other type of block. */
const KINDS: Op[] = [
  { op: "turn", id: "t1", role: "user" },
  ...block("image", IMAGE),
  ...block("document", { name: "report.pdf", pages: 3, size: 120_000 }),
  ...block("text", {}, "What is this?"),
  { op: "turn", id: "t2", role: "assistant" },
  { op: "reply", status: "streaming", at: 1, cost: 0.01, rate: 0.02 },
  ...block("redacted_thinking", {}),
  ...block("hologram", { json: '{"x": 1}' }),
  ...block("tool_use", { id: "c1", name: "plot" }, JSON.stringify({ code: "x = 1\n".repeat(60) })),
  { op: "call", call: "c1", state: "done", at: 4 },
  ...block("tool_result", { call: "c1", text: "drawn", images: [IMAGE] }),
  ...block("tool_use", { id: "c2", name: "fit\u202e" }, '{"n": 3, "x": [1, 2]}'),
  { op: "call", call: "c2", state: "failed", at: 4 },
  ...block("tool_result", { call: "c2", error: true, text: "ValueError: no\n".repeat(60) }),
  ...block("server_tool_use", { id: "c3", name: "web_search" }, '{"query": "grass"}'),
  ...block("web_search_tool_result", {
    call: "c3",
    sources: [SOURCE, { title: "x.com", url: "https://y.example" }],
  }),
  ...block("mcp_tool_use", { id: "c4", name: "bash", server: "shell" }, '{"command": "ls"}'),
  ...block("mcp_tool_result", { call: "c4", output: "a\n", errors: "b\n", code: 1, files: ["file_1"] }),
  ...block("tool_result", { text: "| a |\n|---|\n| b |\n", markdown: true }),
  { op: "block", type: "text", at: 5 },
  text("Grass is green."),
  { op: "close", at: 6, data: { citations: [SOURCE, { title: "A book" }] } },
  ...block("tool_use", { id: "c5", name: "remove" }, '{"path": "x"}'),
  { op: "call", call: "c5", state: "asking", at: 6 },
];

const USAGE = {
  input_tokens: 1_204,
  output_tokens: 567,
  cache_read_input_tokens: 1_000,
};

test.each(Object.entries(THEMES))(
  "axe finds no fault in blocks beside text in %s, while a call asks and after the end",
  { timeout: 60_000 },
  async (_, theme) => {
    document.body.setAttribute("style", theme);
    const kernel = new FakeKernel();
    const connection = new Connection(kernel, [], life.signal);
    const el = newContainer(life.signal);
    connection.attach(new ChatView(el, connection, life.signal, PARTS), life.signal);
    kernel.write(KINDS);
    await expect.poll(() => el.querySelector(".nbstream-call-ask")).not.toBeNull();
    for (const details of el.querySelectorAll("details")) details.open = true;
    for (const open of el.querySelectorAll("button")) if (open.textContent === "Show all") open.click();
    expect(await faults(el)).toEqual([]);
    kernel.write([{ op: "reply", status: "done", at: 9, usage: USAGE, cost: 0.0123 }]);
    await expect.poll(() => el.querySelector("section.nbstream-sources")).not.toBeNull();
    expect(el.querySelectorAll(".nbstream-cite")).toHaveLength(2);
    expect(await faults(el)).toEqual([]);
  },
);

test("blocks beside text and the figures of the status line fit into a narrow page", async () => {
  for (const width of [320, 560]) {
    const kernel = new FakeKernel();
    const connection = new Connection(kernel, [], life.signal);
    const el = newContainer(life.signal);
    document.body.setAttribute("style", `width: ${width}px; font-family: "DejaVu Sans"`);
    connection.attach(new ChatView(el, connection, life.signal, PARTS), life.signal);
    kernel.write([
      ...KINDS,
      ...block("text", {}, "x"),
      { op: "reply", status: "done", at: 11, usage: USAGE, cost: 0.0123 },
    ]);
    await expect.poll(() => el.querySelector("section.nbstream-sources")).not.toBeNull();
    for (const details of el.querySelectorAll("details")) details.open = true;
    const log = el.querySelector("[role=log]") as HTMLElement;
    expect(log.scrollWidth).toBeLessThanOrEqual(log.clientWidth);
    const figures = [...el.querySelectorAll(".nbstream-figure")];
    expect(figures.map((figure) => figure.getClientRects().length)).toEqual(figures.map(() => 1));
    if (width === 560) expect(el.querySelector(".nbstream-bar")?.clientHeight).toBeLessThan(30);
    el.replaceChildren();
  }
});

test("axe finds no fault while an answer streams and the user has scrolled away from its end", {
  timeout: 60_000,
}, async () => {
  document.body.setAttribute("style", THEMES["JupyterLab, light"] ?? "");
  const el = await render(true);
  el.querySelector("[role=log]")?.scrollBy(0, -500);
  await expect.poll(() => el.querySelector<HTMLElement>(".nbstream-latest")?.hidden).toBe(false);
  expect(await faults(el)).toEqual([]);
});

test.each(Object.entries(THEMES))(
  "axe finds no fault in the composer in %s",
  { timeout: 60_000 },
  async (_, theme) => {
    document.body.setAttribute("style", theme);
    const kernel = new FakeKernel();
    const connection = new Connection(kernel, [], life.signal);
    const el = newContainer(life.signal);
    const view = new ChatView(el, connection, life.signal, PARTS, undefined, { suggestions: ["Plot it"] });
    connection.attach(view, life.signal);
    kernel.write([]);
    await expect.poll(() => el.querySelector<HTMLElement>(".nbstream-starters")?.hidden).toBe(false);
    expect(await faults(el)).toEqual([]);
    kernel.write([...QUESTION, ...ANSWER, text("Hi"), ...ended("done")]);
    kernel.write([
      { op: "turn", id: "t3", role: "assistant", after: "t1" },
      { op: "reply", status: "stopped" },
      { op: "queue", key: "k", text: "And then?", files: ["x.png"] },
    ]);
    const files = new DataTransfer();
    for (const type of ["text/plain", "image/svg+xml"]) files.items.add(new File(["a"], "a", { type }));
    const paste = new ClipboardEvent("paste", { clipboardData: files });
    el.querySelector("[aria-label=Message]")?.dispatchEvent(paste);
    await expect.poll(() => el.querySelector(".nbstream-file, .nbstream-alert")).not.toBeNull();
    await expect.poll(() => el.querySelector(".nbstream-versions")).not.toBeNull();
    el.querySelector<HTMLButtonElement>(".nbstream-edit")?.focus();
    expect(await faults(el)).toEqual([]);
    el.querySelector<HTMLButtonElement>(".nbstream-edit")?.click();
    expect(await faults(el)).toEqual([]);
  },
);

test("axe finds a fault where there is one", async () => {
  const el = newContainer(life.signal);
  el.innerHTML = `<button></button><p style="color: #aaa; background: #fff">faint</p>`;
  expect((await faults(el)).length).toBeGreaterThan(1);
});

test("there is no transition, animation or smooth scroll", () => {
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]).map((rule) => rule.cssText);
  const ours = rules.filter((rule) => rule.includes("nbstream-"));
  expect(ours.length).toBeGreaterThan(50);
  expect(ours.filter((rule) => /transition|animation|smooth/.test(rule))).toEqual([]);
});

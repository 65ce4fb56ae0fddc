import { afterEach, beforeEach, expect, test } from "vitest";
import type { Block, Inline } from "../../src/core/markdown/tree.ts";
import type { CallState, Op } from "../../src/core/protocol.ts";
import { apply, newTranscript, type Turn } from "../../src/core/transcript.ts";
import formula from "../../src/lazy/math.ts";
import { DocumentView } from "../../src/view/markdown/document.ts";
import { MarkdownText } from "../../src/view/markdown/markdown-text.ts";
import { TurnView } from "../../src/view/turns/turn.ts";
import { Detector } from "./detector.ts";
import { code, doc, link, paragraph, table, text } from "./markdown/trees.ts";
import { ADDRESSES, BREAKOUTS, CARRIED, MARKUP, PIXEL, VALUES } from "./payloads.ts";
import "../../src/entry/widget.css";

let detector: Detector;
let root: HTMLElement;

beforeEach(() => {
  root = document.createElement("div");
  root.className = "nbstream";
  document.body.append(root);
  detector = new Detector();
});

afterEach(() => {
  detector.stop();
  root.remove();
});

/** Append an answer character by character and check the page after each. */
function feed(answer: string): string[] {
  root.replaceChildren();
  const markdown = new MarkdownText(root);
  for (const character of answer) {
    markdown.append(character);
    const wrong = detector.check(root);
    if (wrong.length) return wrong;
  }
  markdown.end();
  return detector.check(root);
}

test("the detector sees code that runs, requests, and forbidden elements", async () => {
  root.innerHTML = [...MARKUP.filter((markup) => /^<(img|svg|details)/.test(markup)), ...BREAKOUTS].join("");
  const wrong = detector.check(root);
  expect(wrong).toEqual(expect.arrayContaining(["element svg", "attribute onerror of img", "loads x"]));
  root.insertAdjacentHTML(
    "beforeend",
    `<a href="javascript:alert(1)">x</a><p id="body" style="color: red">x</p>`,
  );
  expect(detector.check(root)).toEqual(
    expect.arrayContaining(["address javascript:alert(1)", "id body", "attribute style of p"]),
  );
  await expect.poll(() => detector.ran).toBeGreaterThan(2);
  await expect.poll(() => detector.requests.length, { timeout: 10_000 }).toBeGreaterThan(0);
});

test("there are enough hostile answers", () => {
  expect(new Set([...CARRIED, ...MARKUP, ...BREAKOUTS]).size).toBeGreaterThan(600);
});

test.each([
  ["addresses", CARRIED],
  ["markup", MARKUP],
  ["breakouts", BREAKOUTS],
])("hostile %s run, load and insert nothing, after any character", { timeout: 120_000 }, (_, payloads) => {
  const found = payloads.map((payload) => [payload, feed(payload)] as const);
  expect(found.filter(([, wrong]) => wrong.length)).toEqual([]);
});

test("markup between the blocks of one long answer is harmless", { timeout: 60_000 }, () => {
  const markdown = new MarkdownText(root);
  for (const payload of [...MARKUP, ...BREAKOUTS]) markdown.append(`${payload}\n\n`);
  markdown.end();
  expect(detector.check(root)).toEqual([]);
});

/** Make blocks with these words in every text field of the tree, including values that no parser makes. */
function hostileBlocks(words: string): Block[] {
  const inlines: Inline[] = [
    text(words),
    { kind: "code", text: words },
    { kind: "math", tex: words, display: false },
    { kind: "link", href: words, title: words, children: [text(words)] },
    { kind: "image", src: words, title: words, alt: words },
    { kind: "note", label: words, number: 1 },
  ];
  return [
    paragraph(...inlines),
    code(words, [words]),
    { kind: "formula", tex: words, open: false },
    table([words], [[words]], 1),
    { kind: "footnote", label: words, children: [paragraph(...inlines)], settled: 0 },
  ];
}

test("the view is safe even if the parser is not", () => {
  for (const words of [...ADDRESSES, ...MARKUP, ...BREAKOUTS]) {
    root.replaceChildren();
    new DocumentView(root).sync(doc(hostileBlocks(words)));
    expect([words, ...detector.check(root)]).toEqual([words]);
    const links = [...root.querySelectorAll("a[target]")].map((a) => a.getAttribute("href"));
    expect(links.filter((href) => !/^(https?:\/\/|mailto:)/.test(href ?? ""))).toEqual([]);
  }
});

test("the math asset cannot bring in anything but formulas", async () => {
  const bad = document.createElement("div");
  for (const html of [
    `<math><mi href="https://evil.example">x</mi></math>`,
    `<math><mtext><img alt="x"></mtext></math>`,
    `<math><mi style="position: fixed">x</mi></math>`,
    `<math><mi style="background: url(https://evil.example)">x</mi></math>`,
    `<math><mi style="margin-left: -300em">x</mi></math>`,
    `<math><annotation-xml encoding="text/html"><p>x</p></annotation-xml></math>`,
    `<math><maction actiontype="x"><mi>x</mi></maction></math>`,
    `<svg><path/></svg>`,
  ]) {
    bad.innerHTML = html;
    const node = bad.firstElementChild as Element;
    const assets = {
      highlighter: async () => undefined,
      math: async () => () => node,
      output: async () => undefined,
    };
    root.replaceChildren();
    new DocumentView(root, { assets, schedule: (work) => work(), announce: () => {} }).sync(
      doc([{ kind: "formula", tex: "x^2", open: false }]),
    );
    await Promise.resolve();
    await Promise.resolve();
    expect(root.querySelector(".nbstream-tex")?.textContent).toBe("x^2");
  }
});

test("a formula cannot draw over the host of a link before it", () => {
  for (const tex of [
    "\\kern-9em\\colorbox{white}{\\phantom{xxxxxxxxxxxx}}",
    "\\hspace{-9em}\\hspace{-9em}\\rule{15em}{1em}",
  ]) {
    root.replaceChildren();
    const view = new DocumentView(root, {
      assets: { highlighter: () => undefined, math: async () => formula, output: async () => undefined },
      schedule: (work) => work(),
      announce: () => {},
    });
    const math = { kind: "math", tex, display: false } as const;
    const before = link("https://evil.example/", "google.com");
    view.sync(doc([paragraph(before, math)]));
    const line = root.querySelector(".nbstream-math");
    line?.replaceChildren(formula(tex, false) as Node);
    expect(line?.querySelector("math")).not.toBeNull();
    const { left, top, width, height } = (
      root.querySelector(".nbstream-host") as Element
    ).getBoundingClientRect();
    for (const part of [0.1, 0.5, 0.9]) {
      const seen = document.elementFromPoint(left + width * part, top + height / 2);
      expect(seen?.className).toBe("nbstream-host");
    }
  }
});

const FIELDS =
  "id name server call error text markdown images sources output errors code files kind media_type data size width " +
  "height pages citations json";
const INSIDE = "title url age cited page media_type data width height";
const TYPES = [
  "text",
  "thinking",
  "redacted_thinking",
  "tool_use",
  "server_tool_use",
  "tool_result",
  "web_search_tool_result",
  "image",
  "document",
  "container_upload",
];

function fill(names: string, value: unknown): Record<string, unknown> {
  return Object.fromEntries(names.split(" ").map((name) => [name, value]));
}

/** Paint a turn with every type of block as it comes, and open all details at its end. */
function paintEveryType(
  role: "user" | "assistant",
  text: string,
  data: Record<string, unknown>,
  types = TYPES,
): void {
  root.replaceChildren();
  const transcript = newTranscript();
  const write = (...ops: Op[]) =>
    apply(transcript, { v: 1, kind: "update", base: 0, seq: ops.length, ops }, 0);
  write({ op: "turn", id: "t1", role }, { op: "reply", status: "streaming", at: 1 });
  const turn = transcript.turns[0] as Turn;
  const view = new TurnView(turn);
  root.append(view.element);
  const paint = () => view.paint(turn, (at) => 9 - at);
  for (const type of types) {
    write({ op: "block", type, at: 1, data: { ...data } }, { op: "text", text });
    paint();
    if (typeof data.id === "string")
      write({ op: "call", call: data.id, state: "asking" as CallState, at: 2 });
    paint();
    write({ op: "close", at: 3, data: { ...data } });
    paint();
  }
  write({ op: "reply", status: "done", at: 4, usage: data, cost: 1 });
  paint();
  for (const details of root.querySelectorAll("details")) details.open = true;
}

/**
 * Return the faults on the page, without embedded images of the four allowed types, which cause no request.
 */
function faults(): string[] {
  return detector
    .check(root)
    .filter((fault) => !/^loads data:image\/(png|jpeg|gif|webp);base64,/.test(fault));
}

test("hostile words in every field of every kind of block do nothing", { timeout: 120_000 }, () => {
  for (const words of [...ADDRESSES, ...MARKUP, ...BREAKOUTS]) {
    const inside = [fill(INSIDE, words), { ...fill(INSIDE, words), media_type: "image/png" }];
    const lists = { images: inside, sources: inside, citations: inside, files: [words] };
    paintEveryType("assistant", words, {
      ...fill(FIELDS, words),
      ...lists,
      id: "c",
      call: "c",
      markdown: true,
    });
    expect([words, ...faults()]).toEqual([words]);
    paintEveryType("user", words, { ...fill(FIELDS, words), ...lists }, [...TYPES, words]);
    expect([words, ...faults()]).toEqual([words]);
    const links = [...root.querySelectorAll("a[href]")].map((a) => a.getAttribute("href"));
    expect(links.filter((href) => !/^(https?:\/\/|mailto:)/.test(href ?? ""))).toEqual([]);
  }
});

test("no value in a field of a block's data makes the view throw", { timeout: 60_000 }, () => {
  for (const value of VALUES) {
    for (const nested of [value, [value], [fill(INSIDE, value)], { 0: value }]) {
      for (const role of ["user", "assistant"] as const) {
        paintEveryType(role, "{}", fill(FIELDS, nested));
        for (const name of FIELDS.split(" "))
          paintEveryType(role, "x", { id: "c", call: "c", [name]: nested });
        expect(faults()).toEqual([]);
      }
    }
  }
});

test("a picture with another media type is not shown", () => {
  const svg = btoa(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`);
  for (const media_type of ["image/svg+xml", "text/html", "IMAGE/SVG+XML;x=image/png", "", 7]) {
    paintEveryType("assistant", "", { media_type, data: svg, images: [{ media_type, data: svg }] });
    expect(root.querySelectorAll("img")).toHaveLength(0);
  }
  paintEveryType("assistant", "", { media_type: "image/png", data: PIXEL });
  expect(root.querySelectorAll("img")).toHaveLength(2);
});

test("a megabyte in every field is shown in bounded time", { timeout: 60_000 }, () => {
  for (const long of ["x".repeat(1_000_000), "x\n".repeat(500_000), '"'.repeat(1_000_000)]) {
    const began = performance.now();
    const lists = {
      images: [fill(INSIDE, long)],
      sources: [fill(INSIDE, long)],
      citations: [fill(INSIDE, long)],
    };
    paintEveryType("assistant", "", { ...fill(FIELDS, long), ...lists, markdown: false });
    expect(performance.now() - began).toBeLessThan(10_000);
  }
});

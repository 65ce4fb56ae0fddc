import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { Connection } from "../../src/chat/connection.ts";
import type { Op } from "../../src/core/protocol.ts";
import { ChatView } from "../../src/view/chat.ts";
import type { LineHighlighter } from "../../src/view/markdown/assets.ts";
import { ANSWER, animationFrames, ended, FakeKernel, newContainer, QUESTION, text } from "../fakes.ts";
import "../../src/entry/widget.css";

/** A highlighter that is slow for each line. */
const slow: LineHighlighter = {
  tokenize(text) {
    const end = performance.now() + 0.05;
    while (performance.now() < end);
    return [{ text, style: "keyword" }];
  },
  copy: () => slow,
};

let life: AbortController;
let kernel: FakeKernel;
let connection: Connection;

beforeEach(() => {
  life = new AbortController();
  kernel = new FakeKernel();
  connection = new Connection(kernel, [], life.signal);
});

afterEach(() => life.abort());

function show(signal = life.signal): HTMLElement {
  const el = newContainer(signal);
  connection.attach(new ChatView(el, connection, signal), signal);
  return el;
}

function role(el: Element, name: string): Element | null {
  return el.querySelector(`[role=${name}]`);
}

function button(el: Element, name: string): HTMLButtonElement | undefined {
  return [...el.querySelectorAll("button")].find((b) => b.textContent === name);
}

function answer(el: Element): string | null | undefined {
  return el.querySelector("[data-role=assistant] .nbstream-text")?.textContent;
}

test("the conversation is a log of articles with the roles the contract names", async () => {
  const el = show();
  kernel.write([...QUESTION, ...ANSWER, text("Hi"), ...ended("done")]);
  await expect.poll(() => answer(el)).toBe("Hi");
  const log = role(el, "log");
  expect([...(log?.querySelectorAll("article") ?? [])].map((a) => a.getAttribute("data-role"))).toEqual([
    "user",
    "assistant",
  ]);
  expect(el.querySelector("[data-role=user] .nbstream-text")?.textContent).toBe("Hello");
  expect(el.firstElementChild?.className).toBe("nbstream");
  expect(role(el, "status")?.textContent).toContain("Done");
});

test("text is only ever added: existing nodes and a selection stay", async () => {
  const el = show();
  kernel.write([...QUESTION, ...ANSWER, text("one ")]);
  await expect.poll(() => answer(el)).toBe("one");
  const first = () => el.querySelector("[data-role=assistant] .nbstream-text p")?.firstChild as Text;
  const node = first();
  getSelection()?.setBaseAndExtent(node, 0, node, 3);
  kernel.write([text("two ")]);
  await expect.poll(() => answer(el)).toBe("one two");
  expect(getSelection()?.toString()).toBe("one");
  expect(first()).toBe(node);
});

test("colours and formulas that come late wait for the next update and do not hold up a frame", async () => {
  const el = newContainer(life.signal);
  let arrive = (_: LineHighlighter) => {};
  const highlighter = new Promise<LineHighlighter>((resolve) => {
    arrive = resolve;
  });
  const parts = {
    highlighter: () => highlighter,
    math: async () => undefined,
    output: async () => undefined,
  };
  connection.attach(new ChatView(el, connection, life.signal, parts), life.signal);
  const code = `${"x = 1\n".repeat(600)}\`\`\`\n\n\`\`\`python\n`;
  kernel.write([...QUESTION, ...ANSWER, text(`\`\`\`python\n${code.repeat(3)}`)]);
  await expect.poll(() => el.querySelectorAll(".nbstream-code").length).toBe(4);
  const updates: number[] = [];
  const observer = new MutationObserver(() => updates.push(performance.now()));
  observer.observe(el, { subtree: true, childList: true });
  arrive(slow);
  await expect.poll(() => el.querySelectorAll(".nbstream-hl-keyword").length).toBe(1_800);
  observer.disconnect();
  // Colouring takes more than 90 ms, of which each update does about 12.
  expect(updates.length).toBeGreaterThan(3);
  const lasted = (updates.at(-1) ?? 0) - (updates[0] ?? 0);
  expect(lasted).toBeGreaterThan((updates.length - 2) * 100);
});

test("a view that is attached late paints a long conversation in slices, and shows the answer from its start", {
  timeout: 60_000,
}, async () => {
  const prose = "A line of **prose** with `code` and [links](https://example.org).\n\n".repeat(3_700);
  for (const half of [prose.slice(0, 1_000), prose.slice(1_000)]) {
    const index = kernel.seq / 100;
    kernel.write([
      { op: "turn", id: `u${index}`, role: "user" },
      { op: "block", type: "text" },
      text("Go on"),
    ]);
    kernel.write([
      { op: "turn", id: `a${index}`, role: "assistant" },
      ...ANSWER,
      text(half),
      ...ended("done"),
    ]);
  }
  const el = show();
  const box = role(el, "log") as HTMLElement;
  const lengths: number[] = [];
  const lastQuestion = () => [...box.querySelectorAll("[data-role=user]")].at(-1) as HTMLElement;
  const tops: number[] = [];
  const observer = new MutationObserver(() => {
    lengths.push(el.textContent?.length ?? 0);
    tops.push(lastQuestion().getBoundingClientRect().top - box.getBoundingClientRect().top);
  });
  observer.observe(box, { subtree: true, childList: true, characterData: true });
  const copies = () => el.querySelectorAll("[data-role=assistant] .nbstream-actions").length;
  await expect.poll(copies, { timeout: 50_000 }).toBe(2);
  await expect.poll(() => el.querySelectorAll("article").length).toBe(4);
  observer.disconnect();
  expect(lengths.length).toBeGreaterThan(2);
  // The question and the beginning of its answer are in sight at once, and stay there.
  expect(Math.max(...tops.map(Math.abs))).toBeLessThanOrEqual(3);
  const whole = newContainer(life.signal);
  new ChatView(whole, connection, life.signal).paint(connection.transcript);
  const [groups, wholeGroups] = [el, whole].map((of) => [...(role(of, "log")?.children ?? [])]);
  expect(groups?.map((group, index) => group.isEqualNode(wholeGroups?.[index] ?? null))).toEqual([true]);
});

test("scheduled work that throws does not stop other work", async () => {
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  const broken: LineHighlighter = {
    tokenize() {
      throw new Error("a broken highlighter");
    },
    copy: () => broken,
  };
  const el = newContainer(life.signal);
  const parts = {
    highlighter: async () => broken,
    math: async () => undefined,
    output: async () => undefined,
  };
  connection.attach(new ChatView(el, connection, life.signal, parts), life.signal);
  kernel.write([...QUESTION, ...ANSWER, text("```python\nx = 1\n```\n\nThe end."), ...ended("done")]);
  await expect.poll(() => answer(el)).toContain("The end.");
  await expect.poll(() => role(el, "status")?.textContent).toContain("Done");
  error.mockRestore();
});

test("Stop is there while a reply runs and stops it", async () => {
  const el = show();
  kernel.write(QUESTION);
  await expect.poll(() => button(el, "Stop")).toBeDefined();
  button(el, "Stop")?.click();
  expect(kernel.of("stop")).toHaveLength(1);
  await expect.poll(() => role(el, "status")?.textContent).toContain("Stopping…");
  kernel.write(ended("stopped", { stop_reason: "user", note: "You stopped the answer here." }));
  await expect.poll(() => button(el, "Stop")).toBeUndefined();
  expect(el.textContent).toContain("You stopped the answer here.");
});

test("Escape stops a running reply and is left alone otherwise", async () => {
  const el = show();
  const root = el.querySelector<HTMLElement>(".nbstream");
  const outside = vi.fn();
  el.addEventListener("keydown", outside);
  root?.focus();
  await userEvent.keyboard("{Escape}");
  expect(outside).toHaveBeenCalledOnce();
  kernel.write(QUESTION);
  await userEvent.keyboard("{Escape}");
  expect(outside).toHaveBeenCalledOnce();
  expect(kernel.of("stop")).toHaveLength(1);
});

test("a failure is an alert with the error", async () => {
  const el = show();
  kernel.write([
    ...QUESTION,
    ...ANSWER,
    text("Half an ans"),
    ...ended("failed", { error: "The reply broke off." }),
  ]);
  await expect.poll(() => role(el, "alert")?.textContent).toBe("The reply broke off.");
  expect(answer(el)).toBe("Half an ans");
  expect(role(el, "status")?.textContent).toContain("Failed");
});

test.each([
  ["max_tokens", "The answer reached max_tokens and breaks off here."],
  ["interrupt", "The kernel was interrupted; the answer stopped here."],
])("an answer that ended by %s shows the kernel's note", async (stop_reason, note) => {
  const el = show();
  kernel.write([...QUESTION, ...ANSWER, text("x"), ...ended("done", { stop_reason, note })]);
  await expect.poll(() => el.querySelector(".nbstream-note")?.textContent).toContain(note);
});

test("thinking stands closed above the answer", async () => {
  const el = show();
  const thinking: Op[] = [{ op: "block", type: "thinking", at: 0 }, text("Hm.")];
  kernel.write([...QUESTION, ...thinking]);
  await expect.poll(() => el.querySelector("summary")?.textContent).toBe("Thinking…");
  kernel.write([{ op: "close", at: 12.2 }, ...ANSWER, text("Hi")]);
  await expect.poll(() => el.querySelector("summary")?.textContent).toBe("Thought for 12 s");
  expect(el.querySelector("details")?.open).toBe(false);
  expect(el.querySelector(".nbstream-thinking")?.textContent).toContain("Hm.");
  expect(answer(el)).toBe("Hi");
});

test("another attempt starts the answer over", async () => {
  const el = show();
  kernel.write([...QUESTION, { op: "block", type: "thinking" }]);
  await expect.poll(() => el.querySelector("details")).not.toBeNull();
  kernel.write([{ op: "drop" }, ...ANSWER, text("Hi")]);
  await expect.poll(() => answer(el)).toBe("Hi");
  expect(el.querySelector("details")).toBeNull();
});

test("markup in an answer stays text", async () => {
  const el = show();
  const hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>";
  kernel.write([...QUESTION, ...ANSWER, ...[...hostile].map(text), ...ended("failed", { error: hostile })]);
  await expect.poll(() => answer(el)).toBe(hostile);
  expect(role(el, "alert")?.textContent).toBe(hostile);
  expect(el.querySelector("img, script")).toBeNull();
});

test("a long text is exact and stands in many boxes", async () => {
  const el = show();
  const lines = Array.from({ length: 400 }, (_, i) => `line ${i}${" word".repeat(i % 20)}\n\n`).join("");
  const long = `${lines}${"x".repeat(5000)}`;
  kernel.write([...QUESTION, ...ANSWER]);
  for (let at = 0; at < long.length; at += 777) kernel.write([text(long.slice(at, at + 777))]);
  await expect.poll(() => answer(el)).toBe(long.replaceAll("\n", ""));
  expect(el.querySelectorAll(".nbstream-box").length).toBeGreaterThan(10);
});

test.each([
  ["is stopped", ended("stopped"), (whole: string) => whole],
  ["begins again", [{ op: "drop" }, ...ANSWER, text("Again"), ...ended("done")] as Op[], () => "Again"],
])("an answer that comes faster than it is painted and then %s is shown exactly", async (_, end, shown) => {
  const prepare = vi.spyOn(ChatView.prototype, "prepare");
  const el = show();
  const whole = Array.from({ length: 4_000 }, (_, i) => `line **${i}**\n\n`).join("");
  const write = (...ops: Op[]) => {
    const base = kernel.seq;
    kernel.seq += ops.reduce((sum, op) => sum + (op.op === "text" ? op.text.length : 1), 0);
    kernel.raw({ v: 1, kind: "update", base, seq: kernel.seq, now: 0, ops });
  };
  write(...QUESTION, ...ANSWER);
  for (let at = 0; at < whole.length; at += 15_000) {
    write(text(whole.slice(at, at + 15_000)));
    await animationFrames(3);
    await expect.poll(() => (kernel.of("ack").at(-1)?.seq ?? 0) + 17_000).toBeGreaterThan(kernel.seq);
  }
  write(...end);
  await expect.poll(() => el.querySelector("[aria-busy]")).toBeNull();
  expect(answer(el)).toBe(shown(whole).replaceAll(/[*\n]/g, ""));
  expect(prepare).toHaveBeenCalled();
  prepare.mockRestore();
});

async function scrolled(el: Element): Promise<Element> {
  const log = role(el, "log") as Element;
  kernel.write([...QUESTION, ...ANSWER, text("line\n\n".repeat(300))]);
  await expect.poll(() => log.scrollHeight).toBeGreaterThan(log.clientHeight + 500);
  return log;
}

function fromEnd(log: Element): number {
  return log.scrollHeight - log.clientHeight - log.scrollTop;
}

test("the box follows the end of what grows in it", async () => {
  const log = await scrolled(show());
  expect(fromEnd(log)).toBeLessThanOrEqual(2);
  kernel.write([text("more\n\n".repeat(50))]);
  await expect.poll(() => log.textContent).toContain("more");
  expect(fromEnd(log)).toBeLessThanOrEqual(2);
});

test("a user who scrolled up is not scrolled down, and is followed again at the end", async () => {
  const log = await scrolled(show());
  log.scrollTop -= 40;
  // The browser lays out boxes above only when they come near, so the place in the box changes and the line does not.
  const { left, bottom } = log.getBoundingClientRect();
  const line = document.elementFromPoint(left + 20, bottom - 80);
  expect(line?.textContent).toBe("line");
  const top = line?.getBoundingClientRect().top ?? Number.NaN;
  kernel.write([text("more\n\n".repeat(50))]);
  await expect.poll(() => log.textContent).toContain("more");
  await animationFrames();
  expect(Math.abs((line?.getBoundingClientRect().top ?? Number.NaN) - top)).toBeLessThanOrEqual(1);
  log.scrollTop = log.scrollHeight;
  kernel.write([text("again\n\n".repeat(50))]);
  await expect.poll(() => log.textContent).toContain("again");
  expect(fromEnd(log)).toBeLessThanOrEqual(2);
});

test("two views of one chat show the same", async () => {
  const [first, second] = [show(), show()];
  kernel.write([...QUESTION, ...ANSWER, text("Hi")]);
  await expect.poll(() => answer(second)).toBe("Hi");
  expect(answer(first)).toBe("Hi");
  expect(kernel.of("ack").at(-1)).toMatchObject({ views: 2 });
});

test("a view out of sight catches up when it comes into sight", async () => {
  const spacer = newContainer(life.signal);
  spacer.style.height = "5000px";
  const el = show();
  kernel.write(QUESTION);
  await expect.poll(() => kernel.of("ack").length).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 300));
  kernel.write([...ANSWER, text("unseen")]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(answer(el)).toBeUndefined();
  el.scrollIntoView();
  await expect.poll(() => answer(el)).toBe("unseen");
  scrollTo(0, 0);
});

test("the message box sends with Enter, breaks lines with Shift+Enter, and sends while a reply runs too", async () => {
  const el = show();
  const box = el.querySelector<HTMLTextAreaElement>("textarea[aria-label=Message]");
  const send = button(el, "Send");
  expect(send?.disabled).toBe(true);
  box?.focus();
  await userEvent.keyboard("Hello");
  expect(send?.disabled).toBe(false);
  await userEvent.keyboard("{Shift>}{Enter}{/Shift}there{Enter}");
  expect(kernel.of("prompt").map((frame) => frame.text)).toEqual(["Hello\nthere"]);
  expect(box?.value).toBe("");
  kernel.write(QUESTION);
  await userEvent.keyboard("Next");
  await expect.poll(() => send?.title).toBe("Send when the answer has ended");
  await userEvent.keyboard("{Enter}");
  expect(new Set(kernel.of("prompt").map((frame) => frame.text))).toEqual(new Set(["Hello\nthere", "Next"]));
  expect(box?.value).toBe("");
  kernel.write(ended("done"));
  await expect.poll(() => send?.title).toBe("Send (Enter)");
});

test("a blank message is not sent", async () => {
  const el = show();
  const box = el.querySelector<HTMLTextAreaElement>("textarea");
  box?.focus();
  await userEvent.keyboard("  {Enter}");
  expect(kernel.of("prompt")).toEqual([]);
});

test("the status line counts seconds while nothing comes", async () => {
  const el = show();
  const now = Date.now() / 1000;
  kernel.raw({ v: 1, kind: "update", base: 0, seq: 6, now: 0, ops: QUESTION });
  await expect.poll(() => role(el, "status")?.textContent).toMatch(/Waiting.* 0 s/);
  await expect.poll(() => role(el, "status")?.textContent).toMatch(/ [1-9] s/);
  expect(Date.now() / 1000 - now).toBeGreaterThan(0.5);
});

test("a finished answer shows the tokens that the API counted", async () => {
  const el = show();
  const usage = { input_tokens: 10, output_tokens: 1234 };
  kernel.write([...QUESTION, ...ANSWER, text("Hi"), ...ended("done", { usage, at: 3 })]);
  await expect.poll(() => role(el, "status")?.textContent).toContain(" · 1,234 out · ");
});

test("thinking is open while the page is printed, and closed again after", async () => {
  const el = show();
  kernel.write([...QUESTION, { op: "block", type: "thinking", at: 0 }, text("Hm."), { op: "close", at: 2 }]);
  await expect.poll(() => el.querySelector("details")).not.toBeNull();
  dispatchEvent(new Event("beforeprint"));
  expect(el.querySelector("details")?.open).toBe(true);
  dispatchEvent(new Event("afterprint"));
  expect(el.querySelector("details")?.open).toBe(false);
});

test("finished blocks are announced while an answer is written, and not when it is shown again", async () => {
  const said: string[] = [];
  const prototype = Element.prototype as unknown as { ariaNotify?: (text: string) => void };
  const before = prototype.ariaNotify;
  prototype.ariaNotify = (text) => said.push(text);
  const el = show();
  kernel.write([...QUESTION, ...ANSWER, text("One.\n\nTw")]);
  await expect.poll(() => said).toEqual(["One."]);
  kernel.write([text("o."), ...ended("done")]);
  await expect.poll(() => said).toEqual(["One.", "Two."]);
  const again = show();
  await expect.poll(() => answer(again)).toBe(answer(el));
  expect(said).toEqual(["One.", "Two."]);
  if (before) prototype.ariaNotify = before;
  else delete prototype.ariaNotify;
});

const BROKEN: Op[] = [...QUESTION, ...ANSWER, text("Half"), ...ended("failed", { error: "Gone." })];
const AGAIN: Op = { op: "reply", status: "waiting" };

function log(el: Element): Element | null {
  return role(el, "log");
}

test.each([
  ["Retry", "retry", "Asking again…"],
  ["Continue", "continue", "Continuing…"],
] as const)(
  "%s asks for the reply, gives way at once and leaves the focus in the log",
  async (name, kind, said) => {
    const [el, other] = [show(), show()];
    kernel.write(BROKEN);
    await expect.poll(() => button(el, name)?.disabled).toBe(false);
    button(el, name)?.focus();
    await userEvent.keyboard("{Enter}");
    expect(kernel.of(kind)).toMatchObject([{ turn: "t2" }]);
    expect(document.activeElement).toBe(log(el));
    await expect.poll(() => role(el, "status")?.textContent).toBe(said);
    expect(button(el, "Retry")?.disabled).toBe(true);
    expect(button(el, "Continue")?.disabled).toBe(true);
    await expect.poll(() => button(other, name)?.disabled).toBe(true);
    kernel.write([AGAIN]);
    await expect.poll(() => role(el, "status")?.textContent).toContain("Waiting for Claude…");
    expect(button(el, name)).toBeUndefined();
    expect(role(el, "alert")).toBeNull();
    expect(document.activeElement).toBe(log(el));
  },
);

test("a message waits while a reply is retried", async () => {
  const el = show();
  kernel.write(BROKEN);
  await expect.poll(() => button(el, "Retry")).toBeDefined();
  el.querySelector<HTMLTextAreaElement>("textarea")?.focus();
  await userEvent.keyboard("Next");
  button(el, "Retry")?.click();
  await expect.poll(() => button(el, "Send")?.disabled).toBe(true);
});

test("an earlier turn loses its buttons when a new one opens, and a focus on one goes to the log", async () => {
  const el = show();
  kernel.write(BROKEN);
  await expect.poll(() => button(el, "Retry")).toBeDefined();
  button(el, "Retry")?.focus();
  kernel.write([{ op: "turn", id: "t3", role: "user" }, { op: "turn", id: "t4", role: "assistant" }, AGAIN]);
  await expect.poll(() => button(el, "Retry")).toBeUndefined();
  expect(document.activeElement).toBe(log(el));
  expect(role(el, "alert")?.textContent).toBe("Gone.");
  expect(button(el, "Copy")).toBeDefined();
});

test("a focus on Stop goes to the log when the reply ends", async () => {
  const el = show();
  kernel.write(QUESTION);
  await expect.poll(() => button(el, "Stop")).toBeDefined();
  button(el, "Stop")?.focus();
  kernel.write(ended("done"));
  await expect.poll(() => button(el, "Stop")).toBeUndefined();
  expect(document.activeElement).toBe(log(el));
});

test("a focus elsewhere on the page stays there", async () => {
  const el = show();
  const field = newContainer(life.signal).appendChild(document.createElement("input"));
  field.focus();
  kernel.write(BROKEN);
  await expect.poll(() => button(el, "Retry")).toBeDefined();
  kernel.write([AGAIN]);
  await expect.poll(() => button(el, "Retry")).toBeUndefined();
  expect(document.activeElement).toBe(field);
});

test("a selection in an earlier turn survives a reply that goes on, is dropped and ends", async () => {
  const el = show();
  kernel.write(BROKEN);
  await expect.poll(() => button(el, "Retry")).toBeDefined();
  const asked = el.querySelector("[data-role=user] .nbstream-plain")?.firstChild as Text;
  getSelection()?.setBaseAndExtent(asked, 1, asked, 4);
  kernel.write([AGAIN, ...ANSWER, text(" of it"), ...ended("failed", { error: "Gone." })]);
  await expect.poll(() => answer(el)).toBe("Half of it");
  kernel.write([AGAIN, { op: "drop" }, ...ANSWER, text("Anew"), ...ended("done")]);
  await expect.poll(() => answer(el)).toBe("Anew");
  expect(getSelection()?.toString()).toBe("ell");
});

test("the countdown until a retry is allowed goes on after the reply's end, and ends", async () => {
  const el = show();
  const wait = () => el.querySelector(".nbstream-wait")?.textContent;
  // The kernel's clock starts at 0 here.
  kernel.write([...QUESTION, ...ended("failed", { error: "Too many requests.", retry_at: 2 })]);
  await expect.poll(wait).toBe("Claude asks to wait 2 s");
  await expect.poll(wait).toBe("Claude asks to wait 1 s");
  await expect.poll(wait).toBe("You can retry now");
  const paints = vi.spyOn(connection, "requestPaint");
  await new Promise((resolve) => setTimeout(resolve, 3_200));
  expect(paints.mock.calls.length).toBeLessThan(3);
});

test("up in the message box recalls the last message", async () => {
  const el = show();
  kernel.write([...QUESTION, ...ANSWER, text("Hi"), ...ended("done")]);
  await expect.poll(() => answer(el)).toBe("Hi");
  const box = el.querySelector("textarea") as HTMLTextAreaElement;
  box.focus();
  await userEvent.keyboard("{ArrowUp}");
  expect(box.value).toBe("Hello");
});

test("Run and Refuse are sent to the kernel until the call's state changes", async () => {
  const el = show();
  kernel.write([
    ...QUESTION,
    { op: "block", type: "tool_use", at: 1, data: { id: "toolu_1", name: "plot" } },
    { op: "reply", status: "streaming", at: 1 },
    text('{"n": 3}'),
    { op: "close", at: 2 },
    { op: "call", call: "toolu_1", state: "asking", at: 2 },
  ]);
  await expect.poll(() => button(el, "Refuse")).toBeDefined();
  button(el, "Refuse")?.click();
  expect(kernel.of("approve").map(({ call, run }) => [call, run])).toEqual([["toolu_1", false]]);
  await expect.poll(() => kernel.of("approve").length).toBeGreaterThan(1);
  kernel.write([{ op: "call", call: "toolu_1", state: "refused", at: 3 }]);
  await expect.poll(() => button(el, "Refuse")).toBeUndefined();
  expect(document.activeElement).toBe(el.querySelector(".nbstream-call summary"));
});

test("Always in this chat is sent as such", async () => {
  const el = show();
  kernel.write([
    ...QUESTION,
    { op: "block", type: "tool_use", at: 1, data: { id: "toolu_1", name: "plot" } },
    { op: "close", at: 2 },
    { op: "call", call: "toolu_1", state: "asking", at: 2 },
  ]);
  await expect.poll(() => button(el, "Always in this chat")).toBeDefined();
  button(el, "Always in this chat")?.click();
  expect(kernel.of("approve")).toMatchObject([{ call: "toolu_1", run: true, always: true }]);
});

const IN_CELL: Op[] = [
  { op: "turn", id: "t1", role: "user" },
  { op: "block", type: "text", data: { in_cell: true } },
  { op: "text", text: "Hello" },
  { op: "close" },
  { op: "turn", id: "t2", role: "assistant" },
  { op: "reply", status: "waiting" },
];

test("a message that its cell shows takes no room, and can be read out and edited all the same", async () => {
  const el = show();
  kernel.write([...IN_CELL, ...ANSWER, text("Hi"), ...ended("done")]);
  await expect.poll(() => answer(el)).toBe("Hi");
  const message = el.querySelector("article[data-role=user]") as HTMLElement;
  const content = message.querySelector(".nbstream-content") as HTMLElement;
  expect(content.textContent).toBe("Hello");
  expect(content.getBoundingClientRect().height).toBeLessThanOrEqual(1);
  const first = el.querySelector("[data-role=assistant] p") as HTMLElement;
  expect(Math.abs(first.getBoundingClientRect().top - message.getBoundingClientRect().top)).toBeLessThan(10);
  (message.querySelector("[aria-label=Edit]") as HTMLButtonElement).click();
  expect(message.querySelector("textarea")?.value).toBe("Hello");
  expect(message.getBoundingClientRect().width).toBeGreaterThan(200);
  message.querySelector("form")?.requestSubmit();
  expect(kernel.of("prompt").at(-1)).toMatchObject({ text: "Hello", edits: "t1" });
});

test("a message of the cell that has another version is shown, as all of its versions are", async () => {
  const el = show();
  kernel.write([...IN_CELL, ...ANSWER, text("Hi"), ...ended("done")]);
  await expect.poll(() => el.querySelector(".nbstream-folded")).not.toBeNull();
  kernel.write([
    { op: "turn", id: "t3", role: "user", after: "" },
    { op: "block", type: "text" },
    { op: "text", text: "Hello again" },
    { op: "close" },
    { op: "turn", id: "t4", role: "assistant" },
    { op: "reply", status: "waiting" },
    ...ANSWER,
    text("Hi"),
    ...ended("done"),
    { op: "select_version", turn: "t1" },
  ]);
  await expect.poll(() => el.querySelector("[data-role=user]")?.textContent).toContain("1 / 2");
  expect(el.querySelector(".nbstream-folded")).toBeNull();
});

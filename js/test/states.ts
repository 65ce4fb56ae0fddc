/** Every state of the widget, made from the frames that a kernel sends: for tests of all states, and for pictures. */

import { BatchView } from "../src/batch/batch-view.ts";
import { BatchConnection } from "../src/batch/connection.ts";
import { Connection } from "../src/chat/connection.ts";
import type { Data, Op } from "../src/core/protocol.ts";
import convertOutput from "../src/lazy/output.ts";
import { ChatView } from "../src/view/chat.ts";
import { Composer } from "../src/view/composer/composer.ts";
import { type CreateComposer, SharedComposer } from "../src/view/composer/shared-composer.ts";
import { NO_ASSETS } from "../src/view/markdown/assets.ts";
import { FakeBatch, failedRow, newRow } from "./batch/fakes.ts";
import { FakeKernel } from "./fakes.ts";

const PIXELS =
  "iVBORw0KGgoAAAANSUhEUgAAABwAAAAUCAIAAAARPMquAAAAYUlEQVR42mOsWHCJgdqAiYEGYCQbumHDLiaqmzgUvA9xJjUNhZtINUORTaSOoWgmUsFQTBMZGBhYqGscRS7FYyKZhuI3kWTvEzSOZJcSaSKxLiXeOKIMJdU4fIaSZxYcAABLYyGivAnX6AAAAABJRU5ErkJggg==";

const ANSWER = `A **CRDT** is a data type whose copies can be changed apart and merged later, in any order.

| kind | sends | needs |
| --- | --- | ---: |
| state-based | its whole state | 1.5 |
| operation-based | each change | 12.25 |

\`\`\`python
def merge(a: set, b: set) -> set:
    return a | b
\`\`\`

See [the survey](https://crdt.tech) for more.
`;

/** Draws one state into an element, until the signal aborts. */
type Draw = (el: HTMLElement, signal: AbortSignal) => void;

function connect(
  el: HTMLElement,
  signal: AbortSignal,
  ops: readonly Op[],
  suggestions: readonly string[] = [],
): { kernel: FakeKernel; connection: Connection } {
  const kernel = new FakeKernel();
  const mover = { isAvailable: true, move: () => new Promise<void>(() => {}) };
  const connection = new Connection(kernel, [], signal, undefined, mover);
  const assets = { ...NO_ASSETS, output: async () => convertOutput };
  connection.attach(
    new ChatView(el, connection, signal, assets, {}, { suggestions, model: "claude-opus-4-8" }),
    signal,
  );
  kernel.write([...ops]);
  return { kernel, connection };
}

function open(...args: Parameters<typeof connect>): FakeKernel {
  return connect(...args).kernel;
}

function turn(id: string, role: "user" | "assistant", after?: string): Op {
  return { op: "turn", id, role, ...(after !== undefined && { after }) };
}

function block(type: string, words: string, data: Data = {}): Op[] {
  return [
    { op: "block", type, at: 0, data },
    { op: "text", text: words },
    { op: "close", at: 3 },
  ];
}

function asked(question: string, id = "t"): Op[] {
  const reply: Op = { op: "reply", status: "waiting", at: 0 };
  return [turn(`${id}-q`, "user"), ...block("text", question), turn(`${id}-a`, "assistant"), reply];
}

const STREAMING: Op = { op: "reply", status: "streaming", at: 1, cost: 0.0012, rate: 0.02 };

function over(status: "done" | "stopped" | "failed", more: Partial<Op & { op: "reply" }> = {}): Op {
  const usage = { input_tokens: 1_204, output_tokens: 567 };
  return { op: "reply", status, at: 4, usage, cost: 0.0022, ...more };
}

const QUESTION = asked("What is a CRDT?");
const ANSWERED = [...QUESTION, STREAMING, ...block("text", ANSWER), over("done")];
const CUT: readonly Op[] = [...QUESTION, STREAMING, ...block("text", ANSWER.slice(0, 90))];

function ended(status: "stopped" | "failed", more: Partial<Op & { op: "reply" }>): Draw {
  return (el, signal) => open(el, signal, [...CUT, over(status, more)]);
}

const CALL = { id: "c", name: "temperature" };
const CALLS = [
  ...asked("Where is it colder, Oslo or Lima?"),
  STREAMING,
  ...block("tool_use", '{"city": "Lima"}', { ...CALL, id: "b" }),
  { op: "call", call: "b", state: "done", at: 2 } as Op,
  ...block("tool_result", "19.2", { call: "b" }),
  ...block("tool_use", '{"city": "Oslo"}', CALL),
];

const SOURCES = [
  {
    title: "Conflict-free replicated data types",
    url: "https://crdt.tech/papers",
    cited: "They converge.",
    age: "2 years ago",
  },
  { title: "A comprehensive study", cited: "In any order.", page: 12 },
];

const CITIES = [
  { name: "Lima", people: 10_092_000, altitude: 154 },
  { name: "Arequipa", people: 1_008_000, altitude: 2_335.5 },
];

function press(el: HTMLElement, name: string): void {
  const found = () =>
    [...el.querySelectorAll("button")].find(
      (node) => (node.getAttribute("aria-label") ?? node.textContent) === name,
    );
  const observer = new MutationObserver(() => {
    const button = found();
    if (!button || button.disabled) return;
    observer.disconnect();
    button.click();
  });
  observer.observe(el, { childList: true, subtree: true, attributes: true });
}

export const STATES: Readonly<Record<string, Draw>> = {
  empty: (el, signal) => open(el, signal, [], ["Explain this notebook", "Plot the prices"]),
  waiting: (el, signal) => open(el, signal, QUESTION),
  thinking: (el, signal) =>
    open(el, signal, [
      ...QUESTION,
      { op: "block", type: "thinking", at: 0 },
      { op: "text", text: "Sets merge." },
    ]),
  streaming: (el, signal) =>
    open(el, signal, [
      ...QUESTION,
      STREAMING,
      { op: "block", type: "text", at: 1 },
      { op: "text", text: ANSWER.slice(0, 260) },
    ]),
  done: (el, signal) => open(el, signal, ANSWERED),
  stopped: ended("stopped", { stop_reason: "user", note: "You stopped the answer here." }),
  failed: ended("failed", { error: "APIConnectionError: Connection error.", retry_at: 30 }),
  offline: (el, signal) => open(el, signal, CUT).reportLink("cut"),
  restarted: (el, signal) => open(el, signal, CUT).reportLink("kernel_restarted"),
  abandoned: ended("stopped", {
    stop_reason: "abandoned",
    note: "No page showed this answer for a while, so it was stopped.",
  }),
  approving: (el, signal) => open(el, signal, [...CALLS, { op: "call", call: "c", state: "asking", at: 3 }]),
  "tool failed": (el, signal) =>
    open(el, signal, [
      ...CALLS,
      { op: "call", call: "c", state: "failed", at: 4 },
      ...block("tool_result", "KeyError: 'Oslo'", { call: "c", error: true }),
      ...block("text", "The temperature of Oslo is not known."),
      over("done"),
    ]),
  citing: (el, signal) =>
    open(el, signal, [
      ...QUESTION,
      STREAMING,
      { op: "block", type: "text", at: 1 },
      { op: "text", text: "A CRDT is a data type that converges." },
      { op: "close", at: 3, data: { citations: SOURCES } },
      over("done"),
    ]),
  "many rows": (el, signal) => {
    const rows = Array.from({ length: 120 }, (_, index) => (index === 3 ? failedRow(index) : newRow(index)));
    new BatchView(
      el,
      new BatchConnection(new FakeBatch(rows, { done: 117, failed: 1 }).asModel, signal),
      new Set(),
      signal,
    );
  },
  object: (el, signal) =>
    open(el, signal, [
      ...asked("The cities of Peru"),
      STREAMING,
      ...block("text", JSON.stringify(CITIES), { columns: {} }),
      over("done"),
    ]),
  compare: (el, signal) => {
    el.classList.add("nbstream-comparison");
    const row = el.appendChild(document.createElement("div"));
    row.style.cssText = "display: flex; gap: 16px";
    const chat = (model: string, answer: string) => {
      const column = row.appendChild(document.createElement("div"));
      column.style.cssText = "flex: 1; min-width: 0";
      column.appendChild(document.createElement("h4")).textContent = model;
      const question = [turn("q", "user"), ...block("text", "What is a CRDT?", { in_cell: true })];
      const reply = [turn("a", "assistant"), { op: "reply", status: "waiting", at: 0 } as Op, STREAMING];
      const ops = [...question, ...reply, ...block("text", answer), over("done")];
      return { connection: connect(column, signal, ops).connection, signal };
    };
    const first = chat("claude-opus-4-8", "Copies that merge in any order.");
    const chats = [first, chat("claude-haiku-4-5", "Data whose replicas always converge.")] as const;
    const create: CreateComposer = (_, send, name) =>
      new Composer(send, () => [], undefined, undefined, name);
    new SharedComposer(el, create, chats, signal);
  },
  queue: (el, signal) =>
    open(el, signal, [
      ...QUESTION,
      STREAMING,
      { op: "block", type: "text", at: 1 },
      { op: "text", text: ANSWER.slice(0, 90) },
      { op: "queue", key: "k", text: "And how does one merge two maps?", files: ["maps.pdf"] },
    ]),
  edit: (el, signal) => {
    press(el, "Edit");
    const image = block("image", "", {
      name: "plot.png",
      media_type: "image/png",
      data: PIXELS,
      size: 12_000,
    });
    open(el, signal, [
      turn("q", "user"),
      ...image,
      ...block("text", "What is this?"),
      turn("a", "assistant"),
      { op: "reply", status: "waiting" },
      ...block("text", "A plot."),
      over("done"),
    ]);
  },
  versions: (el, signal) =>
    open(el, signal, [
      ...ANSWERED,
      turn("t-b", "assistant", "t-q"),
      { op: "reply", status: "waiting" },
      STREAMING,
      ...block("text", "Copies that can be changed apart and merged later."),
      over("done"),
    ]),
};

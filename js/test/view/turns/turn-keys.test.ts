import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { Connection } from "../../../src/chat/connection.ts";
import type { Op } from "../../../src/core/protocol.ts";
import { ChatView } from "../../../src/view/chat.ts";
import { TurnKeys } from "../../../src/view/turns/turn-keys.ts";
import { ANSWER, animationFrames, ended, FakeKernel, newContainer, QUESTION, text } from "../../fakes.ts";
import "../../../src/entry/widget.css";

const MARKDOWN = `See [the first page](https://a.example) and [the second](https://b.example).

\`\`\`text
${"long ".repeat(90)}
\`\`\`

\`\`\`text
short
\`\`\`
`;

let life: AbortController;
let kernel: FakeKernel;
let el: HTMLElement;

beforeEach(() => {
  life = new AbortController();
  kernel = new FakeKernel();
  const connection = new Connection(kernel, [], life.signal);
  el = newContainer(life.signal);
  el.style.width = "700px";
  connection.attach(new ChatView(el, connection, life.signal), life.signal);
});

afterEach(() => life.abort());

async function showAnswers(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    const rename = (op: Op): Op => (op.op === "turn" ? { ...op, id: `${op.id}-${turn}` } : op);
    kernel.write([...QUESTION.map(rename), ...ANSWER, text(MARKDOWN), ...ended("done")]);
  }
  const copies = () => el.querySelectorAll("[aria-label='Copy answer']").length;
  await expect.poll(copies).toBe(count);
  // The second block of code does not scroll, which an update says after the browser has measured it.
  const isMeasured = () => [...el.querySelectorAll("pre")].at(-1)?.tabIndex === -1;
  await expect.poll(isMeasured).toBe(true);
}

/** Say what has the focus: a turn's speaker, a button's name, a link's text, or the role of anything else. */
function focused(): string {
  const node = document.activeElement as HTMLElement;
  const name = node.getAttribute("aria-label") || node.querySelector("bdi")?.textContent;
  return name || node.textContent || node.getAttribute("role") || node.localName;
}

async function press(keys: string): Promise<string> {
  await userEvent.keyboard(keys);
  return focused();
}

/** Put the focus on a turn, as the Tab key does. */
async function tabToTurn(index: number): Promise<void> {
  el.querySelectorAll("article")[index]?.focus();
  await userEvent.keyboard("{Shift>}{Tab}{/Shift}");
  await userEvent.tab();
}

test("Tab passes a turn in one stop, with one more for a box that scrolls", async () => {
  await showAnswers(1);
  el.firstElementChild?.insertAdjacentHTML("beforebegin", "<button>Before</button>");
  el.querySelector("button")?.focus();
  const stops: string[] = [];
  while (stops.at(-1) !== "Message" && stops.length < 20) {
    await userEvent.tab();
    stops.push(focused());
  }
  expect(stops).toEqual(["You", "Claude", "Code in text", "Attach", "Message"]);
});

test("an update measures no box, because it would have to lay out what it has changed", async () => {
  const log = newContainer(life.signal);
  const works: (() => void)[] = [];
  const schedule = (work: () => void) => works.push(work);
  const keys = new TurnKeys(el, log, () => {}, schedule, life.signal);
  const box = document.createElement("div");
  for (const [name, value] of Object.entries({ role: "group", tabindex: "0" })) box.setAttribute(name, value);
  log.append(box);
  keys.update();
  await expect.poll(() => works.length).toBe(1);
  const measured = vi.spyOn(Element.prototype, "scrollWidth", "get");
  works[0]?.();
  expect(measured).not.toHaveBeenCalled();
  expect(box.tabIndex).toBe(-1);
  measured.mockRestore();
});

test("a hundred answers are two hundred stops, and the boxes that scroll", async () => {
  await showAnswers(100);
  // The browser measures the boxes of a group of turns when it comes into sight.
  for (const group of el.querySelectorAll(".nbstream-turns")) {
    group.scrollIntoView();
    await animationFrames(3);
  }
  const stops = () =>
    [...el.querySelectorAll<HTMLElement>("[role=log] *")].filter(
      (node) => node.tabIndex >= 0 && !node.matches(":disabled, a:not([href])"),
    );
  const count = (name: string) => stops().filter(({ localName }) => localName === name).length;
  await expect.poll(() => [count("article"), count("pre"), stops().length]).toEqual([200, 100, 300]);
  expect(el.querySelector<HTMLElement>("[role=log]")?.tabIndex).toBe(0);
});

test("the arrow keys move over the links, the buttons and the boxes that scroll in a turn, and around", async () => {
  await showAnswers(1);
  await tabToTurn(1);
  expect(focused()).toBe("Claude");
  expect(await press("{ArrowRight}")).toBe("the first page");
  expect(await press("{ArrowRight}")).toBe("the second");
  expect(await press("{ArrowRight}")).toBe("Wrap");
  expect(await press("{ArrowRight}")).toBe("Copy code");
  // The second block of code does not scroll.
  expect(await press("{ArrowRight}")).toBe("Code in text");
  expect(await press("{ArrowLeft}{ArrowLeft}{ArrowLeft}{ArrowLeft}{ArrowLeft}")).toBe("Claude");
  expect(await press("{ArrowLeft}")).toMatch(/ · \d+ s/);
  expect(await press("{ArrowLeft}")).toBe("Regenerate");
  expect(await press("{ArrowLeft}")).toBe("Copy answer");
  expect(document.activeElement?.matches(":focus-visible")).toBe(true);
  await userEvent.tab();
  expect(focused()).toBe("Attach");
});

test("in a block of code the arrow keys scroll first", async () => {
  await showAnswers(1);
  await tabToTurn(1);
  await press("{ArrowRight}{ArrowRight}{ArrowRight}{ArrowRight}{ArrowRight}");
  const pre = document.activeElement as HTMLElement;
  expect(pre.localName).toBe("pre");
  await userEvent.keyboard("{ArrowRight}");
  await expect.poll(() => pre.scrollLeft).toBeGreaterThan(0);
  expect(document.activeElement).toBe(pre);
  pre.scrollLeft = pre.scrollWidth;
  expect(await press("{ArrowRight}")).toBe("Wrap");
});

test("from right to left, the left arrow goes on", async () => {
  el.dir = "rtl";
  await showAnswers(1);
  await tabToTurn(1);
  expect(await press("{ArrowLeft}")).toBe("the first page");
  expect(await press("{ArrowRight}{ArrowRight}{ArrowRight}")).toBe("Regenerate");
});

test("F6 goes to the message box and back to the latest turn", async () => {
  await showAnswers(2);
  await tabToTurn(0);
  expect(await press("{F6}")).toBe("Message");
  expect(await press("{F6}")).toBe("Claude");
  expect(document.activeElement).toBe([...el.querySelectorAll("article")].at(-1));
});

test("the host hears no arrow key of a keyboard user, and each one after a click", async () => {
  await showAnswers(1);
  const heard: string[] = [];
  const options = { capture: true, signal: life.signal };
  document.addEventListener("keydown", ({ key }) => heard.push(key), options);
  await tabToTurn(1);
  heard.length = 0;
  await userEvent.keyboard("{ArrowRight}{ArrowLeft}{F6}x");
  expect(heard).toEqual(["x"]);
  await userEvent.click(el.querySelector("[data-role=user] .nbstream-text") as Element);
  await userEvent.keyboard("{ArrowRight}");
  expect(heard).toEqual(["x", "ArrowRight"]);
});

test("a message that is edited and a call that asks are stops of their own", async () => {
  const call = { id: "c", name: "f" };
  kernel.write([...QUESTION, { op: "block", type: "tool_use", data: call }, text("{}"), { op: "close" }]);
  kernel.write([{ op: "call", call: "c", state: "asking", at: 1 }]);
  const names = () =>
    [...el.querySelectorAll<HTMLElement>("[role=log] button")]
      .filter((node) => node.tabIndex === 0)
      .map((node) => node.textContent);
  await expect.poll(names).toContain("Run");
  expect(names()).toContain("Refuse");
});

test("the chat is a group with the name of its first message", async () => {
  const chat = () => el.querySelector("[role=group]")?.getAttribute("aria-label");
  await expect.poll(chat).toBe("Chat");
  await showAnswers(2);
  expect(chat()).toBe("Chat: Hello");
});

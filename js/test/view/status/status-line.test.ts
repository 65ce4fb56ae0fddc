import { beforeEach, expect, test } from "vitest";
import { Link } from "../../../src/chat/link.ts";
import type { Status, Usage } from "../../../src/core/protocol.ts";
import { newBlock, newTranscript, newTurn, type Transcript } from "../../../src/core/transcript.ts";
import { StatusLine } from "../../../src/view/status/status-line.ts";
import { newReply } from "../../fakes.ts";
import "../../../src/entry/widget.css";

let stopped: number;
let line: StatusLine;

beforeEach(() => {
  stopped = 0;
  line = new StatusLine(() => {
    stopped += 1;
  });
  document.body.replaceChildren(line.element);
});

function transcript(status: Status, more: { ended?: number; usage?: Usage; text?: string } = {}): Transcript {
  const made = newTranscript();
  made.skew = 100;
  const text = more.text ?? "";
  const block = { ...newBlock("text"), parts: [text], length: text.length };
  const reply = newReply({ status, ended: more.ended, usage: more.usage ?? {} });
  made.turns.push({ ...newTurn("t1", "assistant"), blocks: [block], reply });
  return made;
}

function statusText(): string {
  return line.element.querySelector("[role=status]")?.textContent ?? "";
}

test("an empty conversation is ready", () => {
  line.paint(newTranscript(), 0);
  expect(statusText()).toBe("Ready");
  expect(buttonNames()).toEqual([]);
});

test("a running reply shows its seconds by the kernel's clock, and about how many tokens", () => {
  line.paint(transcript("streaming", { text: "x".repeat(4004) }), 117.4);
  expect(statusText()).toBe("Answering… · about 1,001 tokens · 7 s");
});

test("while Claude thinks before its answer, the line says so", () => {
  const thinking = transcript("waiting");
  thinking.turns[0]?.blocks.splice(0, 1, newBlock("thinking"));
  line.paint(thinking, 110);
  expect(statusText()).toMatch(/^Thinking…/);
});

test("a finished reply shows the API's count and its own length", () => {
  line.paint(transcript("done", { ended: 13, usage: { output_tokens: 1502 }, text: "x" }), 500);
  expect(statusText()).toBe("Done · 1,502 out · 3 s");
});

test("a stopped reply's tokens are an estimate: the API's count never came", () => {
  line.paint(transcript("stopped", { ended: 13, usage: { output_tokens: 1 }, text: "x".repeat(400) }), 500);
  expect(statusText()).toBe("Stopped · about 100 out · 3 s");
});

test("Stop is there only while a reply runs, and the line shows that it was pressed", () => {
  line.paint(transcript("waiting"), 110);
  line.element.querySelector<HTMLButtonElement>(".nbstream-stop")?.click();
  expect(stopped).toBe(1);
  line.markStopping("t1");
  line.paint(transcript("waiting"), 110);
  expect(statusText()).toContain("Stopping…");
  line.paint(transcript("stopped", { ended: 11 }), 111);
  expect(buttonNames()).toEqual([]);
});

test("a pressed Stop is the running turn's, not the next one's", () => {
  line.markStopping("t0");
  line.paint(transcript("waiting"), 110);
  expect(statusText()).toContain("Waiting for Claude…");
});

test.each([
  ["the main button of a mouse", "mouse", 0, 1],
  ["another button", "mouse", 2, 0],
  ["a finger, which may be about to scroll", "touch", 0, 0],
])("Stop acts when it is pressed by %s, and not only when it is let go", (_, pointerType, button, times) => {
  line.paint(transcript("streaming"), 0);
  const press = new PointerEvent("pointerdown", { pointerType, button, bubbles: true });
  line.element.querySelector(".nbstream-stop")?.dispatchEvent(press);
  expect(stopped).toBe(times);
});

function stalledTranscript(since: number, until?: number): Transcript {
  const made = transcript("streaming", { text: "x".repeat(40) });
  const reply = made.turns[0]?.reply;
  if (reply) reply.stalled = { since, until };
  return made;
}

test("a stall is shown after 15 seconds, and its seconds are not read out", () => {
  line.paint(stalledTranscript(20), 134.9);
  expect(statusText()).toBe("Answering… · about 10 tokens · 25 s");
  line.paint(stalledTranscript(20), 135);
  expect(statusText()).toBe("Answering… · nothing from Claude for 15 s · about 10 tokens · 25 s");
  const aloud = line.element.querySelector("[role=status]")?.firstElementChild;
  const changes: MutationRecord[] = [];
  const observer = new MutationObserver(() => {});
  observer.observe(aloud as Element, { childList: true, characterData: true, subtree: true });
  line.paint(stalledTranscript(20), 136);
  changes.push(...observer.takeRecords());
  expect(statusText()).toContain("nothing from Claude for 16 s");
  expect(changes).toEqual([]);
  const clocks = [...line.element.querySelectorAll(".nbstream-silence, .nbstream-figures")];
  expect(clocks.map(({ ariaLive }) => ariaLive)).toEqual(["off", "off"]);
});

test("a requested wait is shown at once, and after it the stall's seconds", () => {
  line.paint(stalledTranscript(20, 33), 121);
  expect(statusText()).toBe(
    "Answering… · Claude asks to wait; asking again in 12 s · about 10 tokens · 11 s",
  );
  line.paint(stalledTranscript(20, 33), 134);
  expect(statusText()).toBe("Answering… · about 10 tokens · 24 s");
  line.paint(stalledTranscript(20, 33), 137);
  expect(statusText()).toContain("nothing from Claude for 17 s");
});

test("a stall notice ends with the next text, and with a pressed Stop", () => {
  line.paint(stalledTranscript(20), 140);
  line.paint(transcript("streaming"), 141);
  expect(statusText()).not.toContain("nothing");
  line.markStopping("t1");
  line.paint(stalledTranscript(20), 142);
  expect(statusText()).toBe("Stopping… · about 10 tokens · 32 s");
});

test.each([
  ["retry", "Asking again…"],
  ["continue", "Continuing…"],
] as const)("the user's action (%s) is shown at once, without the old reply's figures", (kind, name) => {
  line.paint(transcript("failed", { ended: 13, text: "x" }), 500, kind);
  expect(statusText()).toBe(name);
});

test.each([
  [["asking", "running"], "Waiting for your answer…"],
  [["done", "running"], "Running tools…"],
  [["queued"], "Running tools…"],
  [["done", "failed", "refused", "stopped"], "Answering…"],
] as const)("with calls that are %j the line says who is waited for", (states, name) => {
  const made = transcript("streaming");
  for (const [index, state] of states.entries())
    made.turns[0]?.calls.set(`c${index}`, { state, at: 12, began: undefined });
  line.paint(made, 117);
  expect(statusText()).toBe(`${name} · 7 s`);
  const reply = made.turns[0]?.reply;
  if (reply) Object.assign(reply, { status: "stopped", ended: 17 });
  line.paint(made, 117);
  expect(statusText()).toBe("Stopped · 7 s");
});

function lostLink(isAvailable = true, loss: Parameters<Link["report"]>[0] = "kernel_restarted"): Link {
  const mover = { isAvailable, move: () => Promise.reject(new Error("No nbstream there.")) };
  const link = new Link(mover, () => {}, new AbortController().signal);
  link.report(loss);
  return link;
}

function buttonNames(): string[] {
  const buttons = line.element.querySelectorAll("button:not(.nbstream-figures)");
  return [...buttons].map(({ textContent }) => textContent ?? "");
}

test("a press on the figures shows all of them, and another one the seconds and the price alone", () => {
  line.paint(transcript("done", { ended: 17, text: "Hello", usage: { output_tokens: 7 } }), 120);
  const figures = line.element.querySelector<HTMLButtonElement>(".nbstream-figures");
  const isHidden = (node: Element) => getComputedStyle(node).clipPath !== "none";
  const details = () => [...line.element.querySelectorAll(".nbstream-detail")];
  document.body.append(line.element);
  line.element.classList.add("nbstream");
  expect(details().length).toBeGreaterThan(0);
  expect(details().every(isHidden)).toBe(true);
  expect(statusText()).toBe("Done · 7 out · 7 s");
  expect(figures?.ariaExpanded).toBe("false");
  figures?.click();
  expect(figures?.ariaExpanded).toBe("true");
  expect(details().some(isHidden)).toBe(false);
  figures?.click();
  expect(details().every(isHidden)).toBe(true);
  line.element.remove();
});

test("a finished reply shows no word for its state, and a notice about the connection is shown", () => {
  const done = transcript("done", { ended: 12, text: "Hello" });
  const isHidden = () => {
    const name = line.element.querySelector(".nbstream-state-name");
    return name !== null && getComputedStyle(name).clipPath !== "none";
  };
  document.body.append(line.element);
  line.paint(done, 120);
  expect([statusText(), isHidden()]).toEqual(["Done · about 2 out · 2 s", true]);
  line.paint(done, 120, undefined, lostLink(true, "kernel_restarted"));
  expect(statusText()).toContain("Done · the kernel was restarted");
  expect(isHidden()).toBe(false);
  line.paint(done, 120, "retry");
  expect(isHidden()).toBe(false);
  line.element.remove();
});

test.each([
  ["a note", { note: "You stopped the answer here." }, true],
  ["an error", { error: "Gone." }, true],
  ["nothing", {}, false],
])("the word for an early end is hidden where %s above says the same, or is not", (_, more, isKnown) => {
  const made = transcript("stopped", { ended: 12 });
  Object.assign(made.turns[0]?.reply ?? {}, more);
  line.paint(made, 120);
  const name = line.element.querySelector(".nbstream-state-name") as Element;
  expect(name.textContent).toBe("Stopped");
  expect(getComputedStyle(name).clipPath !== "none").toBe(isKnown);
});

test("the line stands at the end of a row, where its figures are no stop of the Tab key, or below the log", () => {
  const [row, log] = [document.createElement("p"), document.createElement("p")];
  document.body.replaceChildren(row, log);
  row.textContent = "actions";
  const figures = line.element.querySelector<HTMLElement>(".nbstream-figures");
  line.place(row, log);
  expect([row.lastChild, figures?.tabIndex]).toEqual([line.element, -1]);
  const moves = new MutationObserver(() => {});
  moves.observe(document.body, { childList: true, subtree: true });
  line.place(row, log);
  expect(moves.takeRecords()).toEqual([]);
  line.place(undefined, log);
  expect([log.nextSibling, figures?.tabIndex]).toEqual([line.element, 0]);
  line.place(undefined, log);
  expect(moves.takeRecords()).toHaveLength(2);
});

test("Stop stands where it is put while a reply runs", () => {
  const place = document.createElement("div");
  const other = new StatusLine(
    () => {},
    () => {},
    place,
  );
  other.paint(transcript("streaming"), 12);
  expect(place.textContent).toBe("Stop");
  other.paint(transcript("done", { ended: 12 }), 13);
  expect(place.textContent).toBe("");
});

test.each([
  ["kernel_restarted", "Stopped · the kernel was restarted"],
  ["kernel_ended", "Stopped · the kernel has ended"],
  ["server_forgot", "Stopped · the server no longer has this chat"],
] as const)("a conversation that is lost by %s says so", (loss, label) => {
  line.paint(transcript("stopped", { ended: 12, text: "Hello" }), 120, undefined, lostLink(true, loss));
  expect(statusText()).toContain(label);
  expect(buttonNames()).toEqual(["Continue here"]);
});

test("an empty conversation that is lost says so, without a button where nothing can be reached", () => {
  line.paint(newTranscript(), 0, undefined, lostLink(false));
  expect(statusText()).toBe("The kernel was restarted");
  expect(buttonNames()).toEqual([]);
});

test("a move is said, and so is the reason why it failed", async () => {
  const link = lostLink();
  const moved = link.move(newTranscript());
  line.paint(newTranscript(), 0, undefined, link);
  expect([statusText(), buttonNames()]).toEqual(["Continuing here…", []]);
  await moved;
  line.paint(newTranscript(), 0, undefined, link);
  expect(line.element.querySelector("[role=alert]")?.textContent).toBe("No nbstream there.");
  expect(buttonNames()).toEqual(["Continue here"]);
  line.paint(newTranscript(), 0);
  expect(line.element.querySelector("[role=alert]")).toBeNull();
});

test("a notice of the kernel is shown once, gives way to the reason of a failed move, and ends", async () => {
  const shown = transcript("done", { ended: 12 });
  const alert = () => line.element.querySelector("[role=alert]");
  shown.notice = "a.json could not be written.";
  line.paint(shown, 0);
  expect(alert()?.textContent).toBe(shown.notice);
  const changes = new MutationObserver(() => {});
  changes.observe(alert() as Element, { childList: true, characterData: true, subtree: true });
  line.paint(shown, 1);
  expect(changes.takeRecords()).toEqual([]);
  const link = lostLink();
  await link.move(shown);
  line.paint(shown, 2, undefined, link);
  expect(alert()?.textContent).toBe("No nbstream there.");
  shown.notice = "";
  line.paint(shown, 3);
  expect(alert()).toBeNull();
});

test("while the connection is cut no seconds run, and the reply can still be stopped", () => {
  const link = new Link(undefined, () => {}, new AbortController().signal);
  link.state = "away";
  line.paint(transcript("streaming", { text: "Hello" }), 120, undefined, link);
  expect(statusText()).toBe("No connection; trying again…");
  expect(buttonNames()).toEqual(["Stop"]);
});

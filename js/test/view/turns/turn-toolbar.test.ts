import { beforeEach, expect, test, vi } from "vitest";
import { userEvent } from "vitest/browser";
import type { Op } from "../../../src/core/protocol.ts";
import { apply, newTranscript, type Transcript, type Turn } from "../../../src/core/transcript.ts";
import { TurnToolbar } from "../../../src/view/turns/turn-toolbar.ts";

const acts = { selectVersion: vi.fn(), edit: vi.fn() };
let article: HTMLElement;

beforeEach(() => {
  vi.clearAllMocks();
  article = document.createElement("article");
  document.body.replaceChildren(article);
});

function transcriptOf(...ops: Op[]): Transcript {
  const transcript = newTranscript();
  apply(transcript, { v: 1, kind: "update", base: 0, seq: ops.length, ops }, 0);
  return transcript;
}

function turn(id: string, role: "user" | "assistant", after: string): Op {
  return { op: "turn", id, role, after };
}

const MESSAGE: Op[] = [
  turn("u", "user", ""),
  { op: "block", type: "text" },
  { op: "text", text: "Hello" },
  { op: "close" },
];

const VERSIONS: Op[] = [
  ...MESSAGE,
  turn("a", "assistant", "u"),
  turn("b", "assistant", "u"),
  turn("c", "assistant", "u"),
];

function toolsOf(transcript: Transcript, id: string, idle = true): TurnToolbar {
  const of = transcript.versions.find((version) => version.id === id) as Turn;
  const tools = new TurnToolbar(of, article, acts);
  tools.paint(transcript, idle);
  return tools;
}

function named(name: string): HTMLButtonElement {
  return [...article.querySelectorAll("button")].find(
    (button) => (button.getAttribute("aria-label") ?? button.textContent) === name,
  ) as HTMLButtonElement;
}

test("a turn without versions has no way between them, and a message no words but its own", () => {
  toolsOf(transcriptOf(...MESSAGE), "u");
  expect(article.textContent).toBe("");
  expect(named("Edit").disabled).toBe(false);
  expect(named("Next version")).toBeUndefined();
});

test("the way between versions says where one is, leads to those beside it, and is shut while a reply runs", () => {
  const transcript = transcriptOf(...VERSIONS);
  const tools = toolsOf(transcript, "b");
  expect(article.firstElementChild?.textContent).toBe("‹2 / 3›");
  named("Previous version").click();
  named("Next version").click();
  expect(acts.selectVersion.mock.calls).toEqual([["a"], ["c"]]);
  tools.paint(transcript, false);
  expect([named("Previous version").disabled, named("Next version").disabled]).toEqual([true, true]);
});

test("at either end it leads one way", () => {
  const transcript = transcriptOf(...VERSIONS);
  const tools = toolsOf(transcript, "c");
  expect([named("Previous version").disabled, named("Next version").disabled]).toEqual([false, true]);
  expect(tools.focusedStep).toBeUndefined();
  tools.focusStep("next");
  expect(tools.focusedStep).toBe("previous");
});

test("a message can be changed and sent by Enter or its button, and by neither while a reply runs or it is blank", async () => {
  const transcript = transcriptOf(...MESSAGE);
  const tools = toolsOf(transcript, "u");
  named("Edit").click();
  named("Edit").click();
  expect(article.querySelectorAll("textarea")).toHaveLength(1);
  expect((document.activeElement as HTMLTextAreaElement).value).toBe("Hello");
  const paint = (idle: boolean) => tools.paint(transcript, idle);
  paint(false);
  await userEvent.keyboard(" there{Enter}");
  expect(named("Send").disabled).toBe(true);
  paint(true);
  await userEvent.keyboard("!{Enter}");
  expect(acts.edit).toHaveBeenCalledExactlyOnceWith("u", "Hello there!");
  expect(article.querySelector("form")).toBeNull();
  named("Edit").click();
  await userEvent.clear(document.activeElement as Element);
  await userEvent.keyboard("  {Enter}");
  expect(named("Send").disabled).toBe(true);
  await userEvent.keyboard("Bye");
  named("Send").click();
  expect(acts.edit).toHaveBeenLastCalledWith("u", "  Bye");
});

test.each(["Escape", "Cancel"])("%s leaves the message as it is, and the focus where it was", async (way) => {
  toolsOf(transcriptOf(...MESSAGE), "u");
  const outside = vi.fn();
  document.body.addEventListener("keydown", outside, { once: true });
  named("Edit").click();
  if (way === "Escape") await userEvent.keyboard("{Escape}");
  else named("Cancel").click();
  expect(outside).not.toHaveBeenCalled();
  document.body.removeEventListener("keydown", outside);
  expect(acts.edit).not.toHaveBeenCalled();
  expect(article.className).toBe("");
  expect(document.activeElement).toBe(named("Edit"));
});

test("what was attached to a message is not sent again, and that is said", () => {
  toolsOf(transcriptOf(...MESSAGE), "u");
  named("Edit").click();
  expect(article.querySelector("form")?.textContent).not.toContain("attached");
  article.replaceChildren();
  toolsOf(transcriptOf(...MESSAGE, { op: "block", type: "image", data: {} }), "u");
  named("Edit").click();
  expect(article.querySelector("form")?.textContent).toContain("What was attached is not sent again.");
});

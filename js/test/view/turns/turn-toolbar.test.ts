import { beforeEach, expect, test, vi } from "vitest";
import { userEvent } from "vitest/browser";
import type { Op, Role } from "../../../src/core/protocol.ts";
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

function turn(id: string, role: Role, after: string): Op {
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

function renderToolbar(transcript: Transcript, id: string, idle = true): TurnToolbar {
  const of = transcript.versions.find((version) => version.id === id) as Turn;
  const tools = new TurnToolbar(of, article, acts);
  tools.paint(transcript, idle);
  return tools;
}

function buttonNamed(name: string): HTMLButtonElement {
  return [...article.querySelectorAll("button")].find(
    (button) => (button.getAttribute("aria-label") ?? button.textContent) === name,
  ) as HTMLButtonElement;
}

test("a turn without versions has no steps, and a message contains only its own text", () => {
  renderToolbar(transcriptOf(...MESSAGE), "u");
  expect(article.textContent).toBe("");
  expect(buttonNamed("Edit").disabled).toBe(false);
  expect(buttonNamed("Next version")).toBeUndefined();
});

test("only a message of the user can be edited", () => {
  renderToolbar(transcriptOf(turn("s", "system", "")), "s");
  renderToolbar(transcriptOf(turn("a", "assistant", "")), "a");
  expect(buttonNamed("Edit")).toBeUndefined();
});

test("the steps show the version's number, lead to its neighbours, and are disabled while a reply runs", () => {
  const transcript = transcriptOf(...VERSIONS);
  const tools = renderToolbar(transcript, "b");
  expect(article.firstElementChild?.textContent).toBe("‹2 / 3›");
  buttonNamed("Previous version").click();
  buttonNamed("Next version").click();
  expect(acts.selectVersion.mock.calls).toEqual([["a"], ["c"]]);
  tools.paint(transcript, false);
  expect([buttonNamed("Previous version").disabled, buttonNamed("Next version").disabled]).toEqual([
    true,
    true,
  ]);
});

test("the first and the last version have one step each", () => {
  const transcript = transcriptOf(...VERSIONS);
  const tools = renderToolbar(transcript, "c");
  expect([buttonNamed("Previous version").disabled, buttonNamed("Next version").disabled]).toEqual([
    false,
    true,
  ]);
  expect(tools.focusedStep).toBeUndefined();
  tools.focusStep("next");
  expect(tools.focusedStep).toBe("previous");
});

test("an edited message is sent by Enter or Send, and not while a reply runs or it is blank", async () => {
  const transcript = transcriptOf(...MESSAGE);
  const tools = renderToolbar(transcript, "u");
  buttonNamed("Edit").click();
  buttonNamed("Edit").click();
  expect(article.querySelectorAll("textarea")).toHaveLength(1);
  expect((document.activeElement as HTMLTextAreaElement).value).toBe("Hello");
  const paint = (idle: boolean) => tools.paint(transcript, idle);
  paint(false);
  await userEvent.keyboard(" there{Enter}");
  expect(buttonNamed("Send").disabled).toBe(true);
  paint(true);
  await userEvent.keyboard("!{Enter}");
  expect(acts.edit).toHaveBeenCalledExactlyOnceWith("u", "Hello there!", []);
  expect(article.querySelector("form")).toBeNull();
  buttonNamed("Edit").click();
  await userEvent.clear(document.activeElement as Element);
  await userEvent.keyboard("  {Enter}");
  expect(buttonNamed("Send").disabled).toBe(true);
  await userEvent.keyboard("Bye");
  buttonNamed("Send").click();
  expect(acts.edit).toHaveBeenLastCalledWith("u", "  Bye", []);
});

test.each(["Escape", "Cancel"])(
  "%s closes the editor, keeps the message and returns the focus",
  async (way) => {
    renderToolbar(transcriptOf(...MESSAGE), "u");
    const outside = vi.fn();
    document.body.addEventListener("keydown", outside, { once: true });
    buttonNamed("Edit").click();
    if (way === "Escape") await userEvent.keyboard("{Escape}");
    else buttonNamed("Cancel").click();
    expect(outside).not.toHaveBeenCalled();
    document.body.removeEventListener("keydown", outside);
    expect(acts.edit).not.toHaveBeenCalled();
    expect(article.className).toBe("");
    expect(document.activeElement).toBe(buttonNamed("Edit"));
  },
);

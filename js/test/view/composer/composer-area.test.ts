import { afterEach, beforeEach, expect, test } from "vitest";
import { Connection } from "../../../src/chat/connection.ts";
import type { Prompt } from "../../../src/core/protocol.ts";
import { ComposerArea } from "../../../src/view/composer/composer-area.ts";
import type { MenuHost } from "../../../src/view/composer/variable-source.ts";
import { ended, FakeKernel, newContainer, QUESTION } from "../../fakes.ts";
import "../../../src/entry/widget.css";

let life: AbortController;
let kernel: FakeKernel;
let connection: Connection;
let composerArea: ComposerArea;
let box: HTMLTextAreaElement;
let loads: number;
let updates: number;
let choose: MenuHost["choose"] | undefined;

beforeEach(() => {
  life = new AbortController();
  kernel = new FakeKernel();
  connection = new Connection(kernel, [], life.signal);
  [loads, updates, choose] = [0, 0, undefined];
  const load = async () => {
    loads += 1;
    return (host: MenuHost) => {
      choose = host.choose;
      const update = () => {
        updates += 1;
      };
      return { update, handleKey: () => false };
    };
  };
  const variables = { list: (text: string) => connection.listVariables(text), load };
  composerArea = new ComposerArea(connection.commands, connection.transcript, {
    suggestions: ["Plot it"],
    variables,
  });
  const area = newContainer(life.signal);
  area.append(composerArea.element);
  composerArea.acceptDrops(area);
  box = composerArea.element.querySelector("textarea") as HTMLTextAreaElement;
});

afterEach(() => life.abort());

function paint(): void {
  composerArea.paint(connection.transcript);
}

function button(name: string): HTMLButtonElement | undefined {
  return [...composerArea.element.querySelectorAll("button")].find(
    (one) => one.textContent === name && !one.hidden,
  );
}

function send(text: string): void {
  box.value = text;
  box.dispatchEvent(new InputEvent("input"));
  button("Send")?.click();
  paint();
}

function texts(): (string | null | undefined)[] {
  return [...composerArea.element.querySelectorAll(".nbstream-queue > li")].map(
    ({ textContent }) => textContent,
  );
}

/** Dispatch a paste or drag event with these files. */
function dispatchFiles(kind: "paste" | "drop" | "dragover", ...files: File[]): Event {
  const data = new DataTransfer();
  for (const file of files) data.items.add(file);
  const init = { bubbles: true, cancelable: true };
  const event =
    kind === "paste"
      ? new ClipboardEvent(kind, { ...init, clipboardData: data })
      : new DragEvent(kind, { ...init, dataTransfer: data });
  (kind === "paste" ? box : composerArea.element).dispatchEvent(event);
  return event;
}

function chips(): number {
  return composerArea.element.querySelectorAll(".nbstream-file").length;
}

test("suggestions appear once the conversation is known to be empty, and a press sends one", () => {
  const starters = composerArea.element.querySelector<HTMLElement>(".nbstream-starters");
  paint();
  expect(starters?.hidden).toBe(true);
  kernel.write([]);
  paint();
  expect(starters?.hidden).toBe(false);
  button("Plot it")?.click();
  paint();
  expect(starters?.hidden).toBe(true);
  expect(kernel.of("prompt")).toMatchObject([{ text: "Plot it" }]);
  expect(document.activeElement).toBe(box);
});

test("a late message stands in the queue until its turn is there", async () => {
  send("Hello");
  expect(texts()).toEqual([]);
  const later = () => {
    paint();
    return texts();
  };
  await expect.poll(later).toEqual(["HelloSending…Send nowTake back"]);
  expect(button("Take back")).toBeUndefined();
  kernel.acceptPrompt();
  paint();
  expect(texts()).toEqual([]);
});

test("a message that is taken back is added to the box with its files", async () => {
  kernel.write(QUESTION);
  dispatchFiles("paste", new File(["a"], "a.txt"));
  await expect.poll(() => button("Send")?.disabled).toBe(false);
  send("And then?");
  expect(chips()).toBe(0);
  const [prompt] = kernel.of("prompt");
  expect(prompt?.files).toEqual([{ name: "a.txt", data: "YQ==" }]);
  const key = String(prompt?.key);
  kernel.write([{ op: "queue", key, text: "And then?", files: ["a.txt"] }]);
  box.value = "First";
  paint();
  expect(texts()).toEqual(["And then? · a.txtWaitingSend nowTake back"]);
  button("Take back")?.click();
  expect(kernel.of("withdraw")).toMatchObject([{ key }]);
  expect(box.value).toBe("First\n\nAnd then?");
  expect(chips()).toBe(1);
});

test("on another page the text is restored, with a note for each missing file", () => {
  kernel.write([...QUESTION, { op: "queue", key: "k", text: "And then?", files: ["a.png"] }]);
  paint();
  button("Take back")?.click();
  expect(box.value).toBe("And then?");
  expect(composerArea.element.querySelector("[role=alert]")?.textContent).toBe("Attach a.png again.");
});

test("after a stop a waiting message can be sent now, and is not put into the box", () => {
  kernel.write([...QUESTION, { op: "queue", key: "k", text: "And then?" }]);
  paint();
  expect(button("Send now")).toBeUndefined();
  kernel.write(ended("stopped"));
  paint();
  button("Send now")?.click();
  expect(kernel.of("send_now")).toMatchObject([{ key: "k" }]);
  expect(box.value).toBe("");
});

test("a message may consist of files only", async () => {
  dispatchFiles("drop", new File(["a"], "a.txt"));
  await expect.poll(chips).toBe(1);
  button("Send")?.click();
  expect(kernel.of("prompt")).toMatchObject([{ text: "", files: [{ name: "a.txt", data: "YQ==" }] }]);
});

test("a view takes its own messages back with their files, or all messages with the names of their files", async () => {
  dispatchFiles("drop", new File(["abc"], "a.txt", { type: "text/plain" }));
  await expect.poll(chips).toBe(1);
  send("Mine");
  const { key = "" } = connection.commands.sending[0] ?? {};
  const messages = [
    { key, text: "Mine", files: ["a.txt"] },
    { key: "other", text: "Other", files: ["b.txt"] },
  ];
  expect([...composerArea.takeBack(messages, false)]).toEqual([key]);
  expect([box.value, chips()]).toEqual(["Mine", 1]);
  expect([...composerArea.takeBack(messages.slice(1), true)]).toEqual(["other"]);
  expect(box.value).toBe("Mine\n\nOther");
  expect(composerArea.element.textContent).toContain("Attach b.txt again.");
});

test("nothing can be sent in a conversation at rest, and a draft can be taken out of it", () => {
  kernel.write([]);
  box.value = "Draft";
  box.dispatchEvent(new InputEvent("input"));
  composerArea.paint(connection.transcript, true);
  expect(button("Send")?.disabled).toBe(true);
  expect(composerArea.element.querySelector<HTMLElement>(".nbstream-starters")?.hidden).toBe(true);
  expect(composerArea.takeDraft()).toEqual({ text: "Draft", files: [] });
  expect(box.value).toBe("");
});

test("the menu of variables is loaded at the first @, and without a notebook never", async () => {
  box.value = "me";
  box.dispatchEvent(new InputEvent("input"));
  expect(loads).toBe(0);
  box.value = "me @";
  box.dispatchEvent(new InputEvent("input"));
  await expect.poll(() => updates).toBe(1);
  box.value = "me @d";
  box.dispatchEvent(new InputEvent("input"));
  expect([loads, updates]).toEqual([1, 2]);
  const elsewhere = new ComposerArea(connection.commands, connection.transcript, {});
  const other = elsewhere.element.querySelector("textarea") as HTMLTextAreaElement;
  other.value = "@";
  other.dispatchEvent(new InputEvent("input"));
  expect(loads).toBe(1);
});

test("a message with a variable that is gone comes back to the box with its chips and the reason", async () => {
  const takeBack = composerArea.takeBack.bind(composerArea);
  connection.attach({ isVisible: true, paint: () => 0, takeBack }, life.signal);
  box.value = "@";
  box.dispatchEvent(new InputEvent("input"));
  await expect.poll(() => updates).toBe(1);
  choose?.({ name: "df", type: "pandas.DataFrame, 3 × 2" });
  send("Why?");
  const [prompt] = kernel.of("prompt");
  expect(prompt).toMatchObject({ text: "Why?", variables: ["df"] });
  const { page: to, key } = prompt as Prompt;
  const refusal = { v: 1, kind: "refusal", to, key, reason: "There is no variable df any more." };
  kernel.raw({ ...refusal, key: "another" });
  kernel.raw({ ...refusal, to: "another" });
  expect(box.value).toBe("");
  kernel.raw(refusal);
  paint();
  expect(box.value).toBe("Why?");
  expect(composerArea.element.querySelector(".nbstream-file")?.textContent).toContain("df");
  expect(composerArea.element.querySelector("[role=alert]")?.textContent).toBe(refusal.reason);
  expect(connection.commands.sending).toEqual([]);
});

test("the empty box names the chat's model until a menu offers others", () => {
  const one = new ComposerArea(connection.commands, connection.transcript, { model: "claude-haiku-4-5" });
  one.paint(connection.transcript);
  expect(one.element.querySelector("textarea")?.placeholder).toBe("Message claude-haiku-4-5");
  paint();
  expect(box.placeholder).toBe("Message");
});

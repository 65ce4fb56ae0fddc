import { afterEach, beforeEach, expect, test } from "vitest";
import { userEvent } from "vitest/browser";
import stub, { type ChatExports } from "../../src/entry/chat-model.ts";
import boxModel, { type BoxState } from "../../src/entry/comparison-box.ts";
import widget, { type PageCode } from "../../src/entry/widget.ts";
import { FakeModel, newContainer, QUESTION } from "../fakes.ts";

let life: AbortController;
let code: AbortController;
let models: FakeModel[];
let exported: Map<string, PageCode | ChatExports>;

const state: BoxState = {
  _chats: ["a", "b"].map((id) => [`anywidget:${id}`, "anywidget:bundle"] as const),
};

function loadCode(): void {
  code = new AbortController();
  const props = { signal: code.signal, model: new FakeModel().asModel, experimental: {} };
  exported.set("anywidget:bundle", widget.initialize(props as never));
}

beforeEach(() => {
  life = new AbortController();
  exported = new Map();
  loadCode();
  models = ["a", "b"].map((id) => new FakeModel({ _chat: id }));
  for (const model of models) {
    const props = { model: model.asModel, signal: life.signal, experimental: {} as never };
    exported.set(`anywidget:${model.get("_chat")}`, stub().initialize(props));
  }
});

afterEach(() => life.abort());

async function render(signal = life.signal): Promise<HTMLElement> {
  const el = newContainer(life.signal);
  const host = {
    async getWidget(ref: string) {
      if (!exported.has(ref)) throw new Error("no model");
      return { exports: exported.get(ref) };
    },
  };
  const model = { get: (name: keyof BoxState) => state[name] };
  await boxModel().render({ model, el, signal, host, experimental: {} } as never);
  return el;
}

function prompts(): string[][] {
  return models.map(({ sent }) => sent.flatMap((frame) => (frame.kind === "prompt" ? [frame.text] : [])));
}

async function send(el: HTMLElement, text: string): Promise<void> {
  await userEvent.fill(el.querySelector("textarea") as HTMLTextAreaElement, text);
  await userEvent.keyboard("{Enter}");
}

test("the box opens the chats and sends each message to all of them, with the frames that came before", async () => {
  models[0]?.receive({ v: 1, kind: "update", base: 0, seq: 6, now: 0, ops: QUESTION });
  const el = await render();
  expect(models[0]?.sent[0]).toMatchObject({ kind: "resync", seq: 6 });
  await send(el, "And?");
  expect(prompts()).toEqual([["And?"], ["And?"]]);
  // The first chat gives the messages that come back by the arrow key.
  await userEvent.keyboard("{ArrowUp}");
  expect(el.querySelector("textarea")?.value).toBe("Hello");
});

test("a chat that was closed is left out, and without any there is no box", async () => {
  exported.delete("anywidget:a");
  const el = await render();
  await send(el, "And?");
  expect(prompts()).toEqual([[], ["And?"]]);
  exported.delete("anywidget:b");
  expect((await render()).childElementCount).toBe(0);
});

test("a box that was removed while the page's code was loading shows nothing", async () => {
  const gone = new AbortController();
  const pending = render(gone.signal);
  gone.abort();
  expect((await pending).childElementCount).toBe(0);
});

test("newer page code draws the box again", async () => {
  const el = await render();
  const [before, old] = [el.querySelector("textarea"), code];
  loadCode();
  old.abort();
  await expect.poll(() => el.querySelectorAll("textarea").length).toBe(1);
  expect(el.querySelector("textarea")).not.toBe(before);
});

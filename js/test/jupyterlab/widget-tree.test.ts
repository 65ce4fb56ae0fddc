import { expect, test } from "vitest";
import type { WidgetManager } from "../../src/jupyterlab/notebook.ts";
import { chatsWithin } from "../../src/jupyterlab/widget-tree.ts";

const VIEW = "application/vnd.jupyter.widget-view+json";

type Fake = { model_id: string; attributes: Record<string, unknown>; get(name: string): unknown };

function widget(id: string, attributes: Record<string, unknown> = {}): Fake {
  return { model_id: id, attributes, get: (name) => attributes[name] };
}

const chat = (id: string) => widget(id, { _chat: id });

function managerOf(...models: Fake[]): WidgetManager {
  const find = (id: string) => models.find((model) => model.model_id === id);
  return { has_model: (id: string) => !!find(id), get_model: async (id: string) => find(id) } as never;
}

test("chats are found in the order of the children, each once", async () => {
  const [a, b] = [chat("a"), chat("b")];
  const inner = widget("inner", { children: [b, a] });
  const box = widget("box", { layout: widget("layout"), children: [inner, widget("x"), a] });
  expect(await chatsWithin(managerOf(box), "box")).toEqual(["b", "a"]);
});

test("a chat is found in what an Output shows, and in nested lists and objects", async () => {
  const out = widget("out", { outputs: [{ data: { [VIEW]: { model_id: "a" } } }, { data: {} }] });
  const box = widget("box", { children: [out], parts: { card: [{ chat: chat("b") }] } });
  expect(await chatsWithin(managerOf(box, chat("a")), "box")).toEqual(["a", "b"]);
});

test("the search ends where widgets hold each other, lists are long, or a model is gone", async () => {
  const inner = widget("inner");
  const box = widget("box", { children: [inner], gone: [{ data: { [VIEW]: { model_id: "gone" } } }] });
  inner.attributes.children = [box];
  box.attributes.points = [...new Array(1000).fill(0.5), chat("late")];
  expect(await chatsWithin(managerOf(box), "box")).toEqual([]);
  expect(await chatsWithin(managerOf(), "box")).toEqual([]);
});

test("a chat by itself holds itself", async () => {
  expect(await chatsWithin(managerOf(chat("a")), "a")).toEqual(["a"]);
});

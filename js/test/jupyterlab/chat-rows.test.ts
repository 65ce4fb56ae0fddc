import { expect, test } from "vitest";
import { ChatRows } from "../../src/jupyterlab/chat-rows.ts";
import type { Output, WidgetManager } from "../../src/jupyterlab/notebook.ts";

const VIEW = "application/vnd.jupyter.widget-view+json";

function output(id: string, row?: object): Output {
  const metadata = row ? { nbstream: { chat: id, row } } : {};
  return { output_type: "display_data", data: { [VIEW]: { model_id: id } }, metadata };
}

/** A manager with one box, whose children a test sets. */
function boxOf(children: unknown[]): WidgetManager {
  const box = { model_id: "box", get: () => undefined, attributes: { children } };
  return { has_model: (id: string) => id === "box", get_model: async () => box } as never;
}

const chat = (id: string) => ({ model_id: id, get: () => id, attributes: {} });

test("the children of a container are found as they are now, whatever its output's metadata say", async () => {
  const children = [chat("a")];
  const rows = new ChatRows(boxOf(children));
  expect(await rows.find([output("box")])).toBe(true);
  expect(await rows.find([output("box")])).toBe(false);
  children.push(chat("b"));
  expect(await rows.find([output("box")])).toBe(true);
  rows.remember(output("box", { a: "" }));
  expect(rows.get("box")).toEqual([
    ["a", ""],
    ["b", ""],
  ]);
  expect(rows.metadata("box")).toEqual({ nbstream: { chat: "box", row: { a: "", b: "" } } });
  children.length = 0;
  expect(await rows.find([output("box")])).toBe(true);
  expect(rows.has("box")).toBe(false);
});

test("a row with names is kept, and a chat of its own is in no row", async () => {
  const rows = new ChatRows(boxOf([]));
  rows.remember(output("box", { a: "one", b: "two" }));
  expect(await rows.find([output("box"), output("none")])).toBe(false);
  expect(rows.get("box").map(([, name]) => name)).toEqual(["one", "two"]);
  expect(rows.get("a")).toEqual([["a", ""]]);
  expect(rows.metadata("a")).toEqual({ nbstream: { chat: "a" } });
});

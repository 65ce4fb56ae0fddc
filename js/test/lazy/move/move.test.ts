import { expect, test } from "vitest";
import { newTranscript } from "../../../src/core/transcript.ts";
import move from "../../../src/lazy/move/move.ts";
import { FakeModel } from "../../fakes.ts";

test("each output that shows the chat shows it from the new kernel, until it shows the chat no longer", async () => {
  const steps: string[] = [];
  const model = new FakeModel({ _chat: "a1" });
  const createView = async () => {
    const el = document.createElement("div");
    el.innerHTML = '<article></article><textarea aria-label="Message"></textarea>';
    steps.push("view");
    return { el, remove: () => steps.push("removed") };
  };
  const comm = { onMsg: (_: object) => {}, onClose() {}, open: () => comm.onMsg({ content: { data: {} } }) };
  const kernel = {
    status: "idle",
    statusChanged: { connect() {}, disconnect() {} },
    requestExecute: () => ({ done: Promise.resolve({ content: { status: "ok" } }) }),
    createComm: () => comm,
  };
  model.widget_manager = { kernel, get_model: async () => ({}), create_view: createView };
  const life = new AbortController();
  const outputs = ["one", "two"].map((text) => {
    const el = document.createElement("div");
    return { el, signal: life.signal, takeDraft: () => ({ text, files: [] }) };
  });
  await move(model.asModel, newTranscript(), outputs, () => steps.push("moved"));
  expect(steps).toEqual(["moved", "view", "view"]);
  expect(outputs.map(({ el }) => el.querySelector("textarea")?.value)).toEqual(["one", "two"]);
  life.abort();
  expect(steps.slice(3)).toEqual(["removed", "removed"]);
});

import { afterEach, beforeEach, expect, test } from "vitest";
import batch from "../../src/entry/batch.ts";
import { FakeBatch, newRow } from "../batch/fakes.ts";
import { newContainer } from "../fakes.ts";

let life: AbortController;

beforeEach(() => {
  life = new AbortController();
});

afterEach(() => life.abort());

test("initialize returns at once, each output gets a view, and the model outlives its views", async () => {
  const model = new FakeBatch([newRow(0), newRow(1)]);
  const widget = batch();
  const props = { model: model.asModel, signal: life.signal, experimental: {} as never };
  expect(widget.initialize(props)).toBe(undefined);
  const show = (signal: AbortSignal) => {
    const el = newContainer(signal);
    // The model that `render` gets loses its listeners together with the view.
    widget.render({ ...props, model: new FakeBatch().asModel, el, signal, host: {} as never });
    return el;
  };
  const output = new AbortController();
  const first = show(output.signal);
  await expect.poll(() => first.querySelectorAll(".nbstream-row").length).toBe(2);
  output.abort();
  expect(first.childElementCount).toBe(0);
  const second = show(life.signal);
  await expect.poll(() => second.querySelectorAll(".nbstream-row").length).toBe(2);
  model.change({ done: 2, status: "done" });
  await expect.poll(() => second.querySelector("[role=status]")?.textContent).toContain("Done");
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { whenArrived } from "../../../src/lazy/move/arrival.ts";
import { FakeModel } from "../../fakes.ts";

let models: ({ comm_live?: boolean } | undefined)[];
let life: AbortController;
let arrived: boolean;

beforeEach(async () => {
  vi.useFakeTimers();
  life = new AbortController();
  arrived = false;
  const ended = { comm_live: false };
  models = [ended];
  const model = new FakeModel({ _chat: "a1" });
  const get_model = async (id: string) => {
    expect(id).toBe("a1");
    const found = models.at(-1);
    if (!found) throw new Error("widget model not found");
    return found;
  };
  model.widget_manager = { get_model };
  whenArrived(model.asModel, life.signal).then(() => {
    arrived = true;
  });
  await vi.advanceTimersByTimeAsync(0);
});

afterEach(() => vi.useRealTimers());

test("the chat has arrived once another live model has its id", async () => {
  await vi.advanceTimersByTimeAsync(5_000);
  models.push(undefined);
  await vi.advanceTimersByTimeAsync(5_000);
  models.push({ comm_live: false });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(arrived).toBe(false);
  models.push({ comm_live: true });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(arrived).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test("a chat whose own model comes back to life has not been moved", async () => {
  Object.assign(models[0] as object, { comm_live: true });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(arrived).toBe(false);
  life.abort();
  expect(vi.getTimerCount()).toBe(0);
});

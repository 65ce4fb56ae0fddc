import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { whenArrived } from "../../../src/lazy/move/arrival.ts";
import { FakeModel } from "../../fakes.ts";

let models: ({ comm_live?: boolean } | undefined)[];
let life: AbortController;
let arrived: boolean;
let model: FakeModel;

beforeEach(async () => {
  vi.useFakeTimers();
  life = new AbortController();
  arrived = false;
  const ended = { comm_live: false };
  models = [ended];
  model = new FakeModel({ _chat: "a1" });
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

test("a chat that has left the page is not looked for", async () => {
  life.abort();
  const gone = new AbortController();
  whenArrived(model.asModel, gone.signal).then(() => {
    arrived = true;
  });
  gone.abort();
  models.push({ comm_live: true });
  await vi.advanceTimersByTimeAsync(5_000);
  expect([arrived, vi.getTimerCount()]).toEqual([false, 0]);
});

test("a chat that leaves the page during the search has not arrived", async () => {
  const manager = model.widget_manager as { get_model(id: string): Promise<unknown> };
  const { get_model } = manager;
  manager.get_model = async (id) => {
    life.abort();
    return get_model(id);
  };
  models.push({ comm_live: true });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(arrived).toBe(false);
});

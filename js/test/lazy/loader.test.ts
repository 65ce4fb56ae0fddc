import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ASK_AGAIN, ASKS, Delivery, ofKernel } from "../../src/lazy/loader.ts";
import { FakeKernel } from "../fakes.ts";

const CODE =
  "const lines = { line: (text) => [{ text, style: 'keyword' }], copy: () => lines };" +
  "export default (language) => (language === 'python' ? lines : undefined)";
const MATH = "export default (tex) => document.createTextNode(tex)";

let life: AbortController;
let kernel: FakeKernel;
let parts: Delivery;

beforeEach(() => {
  life = new AbortController();
  kernel = new FakeKernel();
  parts = new Delivery(ofKernel(kernel, life.signal));
});

afterEach(() => {
  vi.useRealTimers();
  life.abort();
});

function wants(part?: string) {
  return kernel.of("request_asset").filter((frame) => part === undefined || frame.asset === part);
}

function give(part: string, source: string, to = wants().at(-1)?.page): void {
  kernel.raw({ v: 1, kind: "asset", asset: part, source, to });
}

test("nothing is asked for before it is needed", () => {
  expect(kernel.heard).toEqual([]);
});

test("all who need a part wait for the same one, and it is asked for once", async () => {
  const all = [parts.highlighter("python"), parts.highlighter("python"), parts.highlighter("klingon")];
  expect(wants()).toHaveLength(1);
  give("code", CODE);
  const [python, again, klingon] = await Promise.all(all);
  expect(python?.line("x")).toEqual([{ text: "x", style: "keyword" }]);
  expect(again).toBeDefined();
  expect(klingon).toBe(undefined);
  expect(await parts.highlighter("python")).toBeDefined();
  expect(wants()).toHaveLength(1);
});

test("the parts come apart from each other", async () => {
  const [code, math] = [parts.highlighter("python"), parts.math()];
  expect(wants().map((frame) => frame.asset)).toEqual(["code", "math"]);
  give("math", MATH);
  expect((await math)?.("x", true)?.textContent).toBe("x");
  give("code", CODE);
  expect(await code).toBeDefined();
});

test("what another page wanted, and what is no part, is not taken", async () => {
  const math = parts.math();
  give("math", "throw new Error('of another page')", "another");
  kernel.raw({ v: 1, kind: "asset", asset: "math", source: 1, to: wants()[0]?.page });
  kernel.raw(null);
  give("math", MATH);
  give("math", "throw new Error('a repetition')");
  expect(await math).toBeDefined();
});

test("a wish that was lost is sent again, by every way there is", async () => {
  vi.useFakeTimers();
  const send = vi.fn();
  const route = {
    send,
    listen: (receive: (wire: unknown) => void, signal: AbortSignal) => kernel.listen(receive, signal),
    reconnect() {},
    onReturn() {},
  };
  parts = new Delivery(ofKernel(route, life.signal));
  const math = parts.math();
  await vi.advanceTimersByTimeAsync(ASK_AGAIN * 2);
  expect(send.mock.calls.map(([, again]) => again)).toEqual([false, true, true]);
  give("math", MATH, send.mock.calls[0]?.[0].page);
  expect(await math).toBeDefined();
  await vi.advanceTimersByTimeAsync(ASK_AGAIN * 2);
  expect(send).toHaveBeenCalledTimes(3);
});

test("without an answer it is done without; the next need tries once more, and then no more", async () => {
  vi.useFakeTimers();
  for (const asks of [ASKS, 2 * ASKS]) {
    const math = parts.math();
    await vi.advanceTimersByTimeAsync(ASK_AGAIN * (ASKS + 1));
    expect(await math).toBe(undefined);
    expect(wants()).toHaveLength(asks);
  }
  expect(await parts.math()).toBe(undefined);
  expect(wants()).toHaveLength(2 * ASKS);
});

test.each(["this is no JavaScript", "throw new Error('no')", "export default 1", "export const x = 1"])(
  "%j cannot be used, and a later one can",
  async (source) => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const first = parts.math();
    give("math", source);
    expect(await first).toBe(undefined);
    const second = parts.math();
    give("math", MATH);
    expect(await second).toBeDefined();
    vi.restoreAllMocks();
  },
);

test("where a policy forbids blobs, the part comes as data", async () => {
  vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:null/forbidden");
  const math = parts.math();
  give("math", MATH);
  expect(await math).toBeDefined();
  vi.restoreAllMocks();
});

test("a bundle that goes waits no longer and asks no more", async () => {
  vi.useFakeTimers();
  const math = parts.math();
  life.abort();
  expect(await math).toBe(undefined);
  await vi.advanceTimersByTimeAsync(ASK_AGAIN * 3);
  expect(wants()).toHaveLength(1);
});

test("where the parts stand beside the page they are asked for once, and once more after a failure", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const get = vi.fn(async (name: string): Promise<unknown> => {
    if (get.mock.calls.length === 1) throw new TypeError(`${name} could not be loaded`);
    return () => undefined;
  });
  parts = new Delivery(get);
  expect(await parts.math()).toBe(undefined);
  expect(await parts.math()).toBeDefined();
  expect(await parts.math()).toBeDefined();
  expect(get.mock.calls).toEqual([["math"], ["math"]]);
  vi.restoreAllMocks();
});

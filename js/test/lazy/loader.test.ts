import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fromKernel, LazyLoader, MAX_REQUESTS, RETRY_INTERVAL_MS } from "../../src/lazy/loader.ts";
import { FakeKernel } from "../fakes.ts";

const CODE =
  "const lines = { tokenize: (text) => [{ text, style: 'keyword' }], copy: () => lines };" +
  "export default (language) => (language === 'python' ? lines : undefined)";
const MATH = "export default (tex) => document.createTextNode(tex)";

let life: AbortController;
let kernel: FakeKernel;
let loader: LazyLoader;

beforeEach(() => {
  life = new AbortController();
  kernel = new FakeKernel();
  loader = new LazyLoader(fromKernel(kernel, life.signal));
});

afterEach(() => {
  vi.useRealTimers();
  life.abort();
});

/** The requests that the kernel got, for one asset or all. */
function requests(asset?: string) {
  return kernel.of("request_asset").filter((frame) => asset === undefined || frame.asset === asset);
}

function deliver(asset: string, source: string, to = requests().at(-1)?.page): void {
  kernel.raw({ v: 1, kind: "asset", asset, source, to });
}

test("no asset is requested before it is needed", () => {
  expect(kernel.received).toEqual([]);
});

test("callers that need an asset at the same time share one request", async () => {
  const all = [loader.highlighter("python"), loader.highlighter("python"), loader.highlighter("klingon")];
  expect(requests()).toHaveLength(1);
  deliver("code", CODE);
  const [python, again, klingon] = await Promise.all(all);
  expect(python?.tokenize("x")).toEqual([{ text: "x", style: "keyword" }]);
  expect(again).toBeDefined();
  expect(klingon).toBe(undefined);
  expect(await loader.highlighter("python")).toBeDefined();
  expect(requests()).toHaveLength(1);
});

test("each asset is requested for itself", async () => {
  const [code, math] = [loader.highlighter("python"), loader.math()];
  expect(requests().map((frame) => frame.asset)).toEqual(["code", "math"]);
  deliver("math", MATH);
  expect((await math)?.("x", true)?.textContent).toBe("x");
  deliver("code", CODE);
  expect(await code).toBeDefined();
});

test("another page's asset, and a message that is not an asset, are ignored", async () => {
  const math = loader.math();
  deliver("math", "throw new Error('of another page')", "another");
  kernel.raw({ v: 1, kind: "asset", asset: "math", source: 1, to: requests()[0]?.page });
  kernel.raw(null);
  deliver("math", MATH);
  deliver("math", "throw new Error('a repetition')");
  expect(await math).toBeDefined();
});

test("a lost request is sent again, over both channels", async () => {
  vi.useFakeTimers();
  const send = vi.fn();
  const route = {
    send,
    listen: (receive: (wire: unknown) => void, signal: AbortSignal) => kernel.listen(receive, signal),
    setPresence() {},
    reconnect() {},
    watchLink() {},
  };
  loader = new LazyLoader(fromKernel(route, life.signal));
  const math = loader.math();
  await vi.advanceTimersByTimeAsync(RETRY_INTERVAL_MS * 2);
  expect(send.mock.calls.map(([, isRepeat]) => isRepeat)).toEqual([false, true, true]);
  deliver("math", MATH, send.mock.calls[0]?.[0].page);
  expect(await math).toBeDefined();
  await vi.advanceTimersByTimeAsync(RETRY_INTERVAL_MS * 2);
  expect(send).toHaveBeenCalledTimes(3);
});

test("an asset that never comes is requested once more at the next need, and then no more", async () => {
  vi.useFakeTimers();
  for (const count of [MAX_REQUESTS, 2 * MAX_REQUESTS]) {
    const math = loader.math();
    await vi.advanceTimersByTimeAsync(RETRY_INTERVAL_MS * (MAX_REQUESTS + 1));
    expect(await math).toBe(undefined);
    expect(requests()).toHaveLength(count);
  }
  expect(await loader.math()).toBe(undefined);
  expect(requests()).toHaveLength(2 * MAX_REQUESTS);
});

test.each(["this is no JavaScript", "throw new Error('no')", "export default 1", "export const x = 1"])(
  "a source of %j fails, and the next one is used",
  async (source) => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const first = loader.math();
    deliver("math", source);
    expect(await first).toBe(undefined);
    const second = loader.math();
    deliver("math", MATH);
    expect(await second).toBeDefined();
    vi.restoreAllMocks();
  },
);

test("under a policy that forbids blob: addresses, the asset is loaded from a data: address", async () => {
  vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:null/forbidden");
  const math = loader.math();
  deliver("math", MATH);
  expect(await math).toBeDefined();
  vi.restoreAllMocks();
});

test("after the signal has aborted nothing is awaited or requested", async () => {
  vi.useFakeTimers();
  const math = loader.math();
  life.abort();
  expect(await math).toBe(undefined);
  await vi.advanceTimersByTimeAsync(RETRY_INTERVAL_MS * 3);
  expect(requests()).toHaveLength(1);
});

test("an asset beside the page is fetched once, and once more after a failure", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const fetchAsset = vi.fn(async (name: string): Promise<unknown> => {
    if (fetchAsset.mock.calls.length === 1) throw new TypeError(`${name} could not be loaded`);
    return () => undefined;
  });
  loader = new LazyLoader(fetchAsset);
  expect(await loader.math()).toBe(undefined);
  expect(await loader.math()).toBeDefined();
  expect(await loader.math()).toBeDefined();
  expect(fetchAsset.mock.calls).toEqual([["math"], ["math"]]);
  vi.restoreAllMocks();
});

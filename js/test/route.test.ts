import { expect, test, vi } from "vitest";
import { openRoute } from "../src/route.ts";
import { FakeModel } from "./fakes.ts";

const FRAME = { v: 1, kind: "stop", page: "p", turn: "t2" } as const;

function withKernel(send: (message: object) => unknown) {
  const model = new FakeModel({ _address: "chat-1" });
  model.widget_manager = { kernel: { clientId: "c", username: "u", sendControlMessage: send } };
  return { model, route: openRoute(model.asModel) };
}

test("the control channel carries what the page says, under the chat's address", () => {
  const send = vi.fn((_message: object) => ({ done: Promise.resolve() }));
  const { model, route } = withKernel(send);
  route.send(FRAME);
  expect(send.mock.calls[0]?.[0]).toMatchObject({
    channel: "control",
    header: { msg_type: "nbstream_msg", session: "c", username: "u" },
    content: { address: "chat-1", frame: FRAME },
  });
  expect(model.sent).toEqual([]);
});

test("what is said again goes both ways", () => {
  const send = vi.fn(() => ({ done: Promise.resolve() }));
  const { model, route } = withKernel(send);
  route.send(FRAME, true);
  expect(send).toHaveBeenCalledOnce();
  expect(model.sent).toEqual([FRAME]);
});

test("a kernel connection that refuses leaves the comm", () => {
  const { model, route } = withKernel(() => {
    throw new Error("Kernel is dead");
  });
  route.send(FRAME);
  expect(model.sent).toEqual([FRAME]);
});

test("a kernel that goes away is no unhandled rejection", async () => {
  const { route } = withKernel(() => ({ done: Promise.reject(new Error("Canceled")) }));
  route.send(FRAME);
  await new Promise((resolve) => setTimeout(resolve));
});

test.each([
  ["hides its kernel", "chat-1", {}],
  ["has none", "chat-1", { kernel: null }],
  ["has one without that channel", "chat-1", { kernel: { clientId: "c" } }],
  ["has one that cannot listen there", "", { kernel: { sendControlMessage: () => ({}) } }],
])("a host that %s is spoken to over the comm", (_, address, manager) => {
  const model = new FakeModel({ _address: address });
  model.widget_manager = manager;
  openRoute(model.asModel).send(FRAME);
  expect(model.sent).toEqual([FRAME]);
});

test("listening ends with its signal", () => {
  const model = new FakeModel();
  const life = new AbortController();
  const heard: unknown[] = [];
  openRoute(model.asModel).listen((wire) => heard.push(wire), life.signal);
  model.receive(1);
  life.abort();
  model.receive(2);
  expect(heard).toEqual([1]);
  expect(model.listeners.size).toBe(0);
});

import { expect, test, vi } from "vitest";
import { openRoute } from "../../src/transport/jupyter.ts";
import { FakeModel } from "../fakes.ts";

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

function withConnection(connectionStatus: string) {
  const slots = new Set<(sender: unknown, status: string) => void>();
  const reconnect = vi.fn(() => Promise.reject(new Error("disconnected")));
  const { model } = withKernel(() => ({}));
  Object.assign((model.widget_manager as { kernel: object }).kernel, {
    connectionStatus,
    reconnect,
    connectionStatusChanged: {
      connect: (slot: () => void) => slots.add(slot),
      disconnect: (slot: () => void) => slots.delete(slot),
    },
  });
  const tell = (status: string) => {
    for (const slot of slots) slot(null, status);
  };
  return { route: openRoute(model.asModel), reconnect, slots, tell };
}

test("the host is told to try again only if it has given up", () => {
  const { route, reconnect } = withConnection("disconnected");
  route.reconnect();
  expect(reconnect).toHaveBeenCalledOnce();
  const connecting = withConnection("connecting");
  connecting.route.reconnect();
  expect(connecting.reconnect).not.toHaveBeenCalled();
  expect(() => withKernel(() => ({})).route.reconnect()).not.toThrow();
});

test("a connection that stands again is told until the signal aborts", () => {
  const { route, slots, tell } = withConnection("connected");
  const life = new AbortController();
  const back = vi.fn();
  route.onReturn(back, life.signal);
  tell("connecting");
  expect(back).not.toHaveBeenCalled();
  tell("connected");
  expect(back).toHaveBeenCalledOnce();
  life.abort();
  expect(slots.size).toBe(0);
  expect(() => withKernel(() => ({})).route.onReturn(back, life.signal)).not.toThrow();
});

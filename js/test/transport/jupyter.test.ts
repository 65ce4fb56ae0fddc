import { expect, test, vi } from "vitest";
import { openRoute } from "../../src/transport/jupyter.ts";
import { FakeModel } from "../fakes.ts";

const FRAME = { v: 1, kind: "stop", page: "p", turn: "t2" } as const;
const GREETING = { v: 1, kind: "resync", page: "p", seq: 0 } as const;
const ANSWER = { v: 1, kind: "update", base: 0, seq: 0, to: "p" } as const;

function withKernel(send: (message: object) => unknown) {
  const model = new FakeModel({ _address: "chat-1" });
  model.widget_manager = { kernel: { clientId: "c", username: "u", sendControlMessage: send } };
  return { model, route: openRoute(model.asModel) };
}

test("the control channel carries the page's frames, under the chat's address", () => {
  const send = vi.fn((_message: object) => ({ done: Promise.resolve() }));
  const { model, route } = withKernel(send);
  route.send(GREETING);
  expect(send.mock.calls[0]?.[0]).toMatchObject({
    channel: "control",
    header: { msg_type: "nbstream_msg", session: "c", username: "u" },
    content: { address: "chat-1", frame: GREETING },
  });
  expect(model.sent).toEqual([]);
});

test("a kernel in a browser's worker gets the frames over a channel of the browser", async () => {
  const model = new FakeModel({ _address: "broadcast:chat-1" });
  const sendControlMessage = vi.fn();
  model.widget_manager = { kernel: { clientId: "c", username: "u", sendControlMessage } };
  const channel = new BroadcastChannel("broadcast:chat-1");
  const heard = new Promise((resolve) => {
    channel.onmessage = (event) => resolve(event.data);
  });
  openRoute(model.asModel).send(GREETING);
  expect(await heard).toEqual(GREETING);
  channel.close();
  expect(sendControlMessage).not.toHaveBeenCalled();
  expect(model.sent).toEqual([]);
});

test("a repeated frame goes over both channels", () => {
  const send = vi.fn(() => ({ done: Promise.resolve() }));
  const { model, route } = withKernel(send);
  route.send(FRAME, true);
  expect(send).toHaveBeenCalledOnce();
  expect(model.sent).toEqual([FRAME]);
});

test.each([
  { via: "control", overControl: 2, overComm: 0 },
  { via: "comm", overControl: 0, overComm: 2 },
] as const)(
  "a kernel that has heard the page by $via gets all frames that way, those of other chats too",
  (expected) => {
    const send = vi.fn(() => ({ done: Promise.resolve() }));
    const { model, route } = withKernel(send);
    route.listen(() => {}, new AbortController().signal);
    route.send(GREETING);
    const { via } = expected;
    // The answer to another page names the way of that page, and the other messages name none.
    model.receive({ ...ANSWER, to: "another", via: via === "comm" ? "control" : "comm" });
    for (const wire of [null, "text", ANSWER, { ...ANSWER, via: "shell" }]) model.receive(wire);
    model.receive({ ...ANSWER, via });
    const other = new FakeModel({ _address: "chat-2" });
    other.widget_manager = model.widget_manager;
    send.mockClear();
    route.send(FRAME);
    openRoute(other.asModel).send({ v: 1, kind: "ack", page: "q", seq: 0 });
    expect(send).toHaveBeenCalledTimes(expected.overControl);
    expect(model.sent.length + other.sent.length).toBe(expected.overComm);
  },
);

test("a frame goes over the comm if the kernel connection throws", () => {
  const { model, route } = withKernel(() => {
    throw new Error("Kernel is dead");
  });
  route.send(FRAME);
  expect(model.sent).toEqual([FRAME]);
});

test("a kernel that goes away causes no unhandled rejection", async () => {
  const { route } = withKernel(() => ({ done: Promise.reject(new Error("Canceled")) }));
  route.send(FRAME);
  await new Promise((resolve) => setTimeout(resolve));
});

test.each([
  ["hides its kernel", "chat-1", {}],
  ["has none", "chat-1", { kernel: null }],
  ["has one without that channel", "chat-1", { kernel: { clientId: "c" } }],
  ["has one that cannot listen there", "", { kernel: { sendControlMessage: () => ({}) } }],
])("a host that %s gets frames over the comm", (_, address, manager) => {
  const model = new FakeModel({ _address: address });
  model.widget_manager = manager;
  openRoute(model.asModel).send(FRAME);
  expect(model.sent).toEqual([FRAME]);
});

test("listening ends with its signal", () => {
  const model = new FakeModel();
  const life = new AbortController();
  const received: unknown[] = [];
  openRoute(model.asModel).listen((wire) => received.push(wire), life.signal);
  model.receive(1);
  life.abort();
  model.receive(2);
  expect(received).toEqual([1]);
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
  const setStatus = (status: string) => {
    for (const slot of slots) slot(null, status);
  };
  return { route: openRoute(model.asModel), reconnect, slots, setStatus };
}

test("the host is made to reconnect only if it has given up", () => {
  const { route, reconnect } = withConnection("disconnected");
  route.reconnect();
  expect(reconnect).toHaveBeenCalledOnce();
  const connecting = withConnection("connecting");
  connecting.route.reconnect();
  expect(connecting.reconnect).not.toHaveBeenCalled();
  expect(() => withKernel(() => ({})).route.reconnect()).not.toThrow();
});

test("a connection that is cut or back is reported, until the signal aborts", () => {
  const { route, slots, setStatus } = withConnection("connected");
  const life = new AbortController();
  const listener = vi.fn();
  route.watchLink(listener, life.signal);
  setStatus("connecting");
  setStatus("connected");
  expect(listener.mock.calls).toEqual([["cut"], ["restored"]]);
  life.abort();
  expect(slots.size).toBe(0);
  expect(() => withKernel(() => ({})).route.watchLink(listener, life.signal)).not.toThrow();
});

test.each([
  [false, 1],
  [true, 0],
  [undefined, 0],
])(
  "a host that hides its kernel tells by the comm that the chat is lost (live: %s)",
  async (live, losses) => {
    const model = new FakeModel();
    const life = new AbortController();
    const listener = vi.fn();
    model.widget_manager = { get_model: async () => ({ comm_live: live }) };
    openRoute(model.asModel).watchLink(listener, life.signal);
    model.emit("comm_live_update");
    await new Promise((resolve) => setTimeout(resolve));
    expect(listener.mock.calls).toEqual(Array(losses).fill(["kernel_restarted"]));
    life.abort();
    model.emit("comm_live_update");
    await new Promise((resolve) => setTimeout(resolve));
    expect(listener).toHaveBeenCalledTimes(losses);
  },
);

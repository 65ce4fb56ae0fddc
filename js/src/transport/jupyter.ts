/** Route of frames between the page and a Jupyter kernel, over the control channel or the widget's comm. */

import type { AnyModel } from "@anywidget/types";
import type { Frame, Update } from "../core/protocol.ts";
import { randomId } from "../core/random-id.ts";
import { WayChoice } from "../core/way.ts";
import { type LinkListener, type WatchedKernel, watchKernel } from "./kernel-link.ts";

/** Synced state of each model to which the page sends frames. */
export interface ModelState {
  /** The model's name on the way that is heard during a cell; empty if the kernel has no such way. */
  _address: string;
}

export interface ChatState extends ModelState {
  /** Reference to the model that carries the page's code, in the form that anywidget uses for references. */
  _bundle: string;
  /** The model's own id, because a model on the page cannot read its id. */
  _chat: string;
  /**
   * The id of the cell under which the chat was shown last; empty if the host has no cell ids, or the chat is
   * not shown.
   */
  _cell: string;
  /** Messages that the user of an empty conversation can send with one click. */
  _suggestions: readonly string[];
  /** What a new kernel needs to make the chat again, beside its conversation; see `continuation.py`. */
  _settings: Readonly<Record<string, unknown>> & { readonly request?: { readonly model?: string } };
}

/** A message of a page to the kernel. */
export interface PageMessage {
  readonly kind: string;
  /** The id of the page that sends the message. */
  readonly page?: string;
}

export interface Route<Message extends PageMessage = Frame> {
  /** Send a frame. `isRepeat` says that the frame was sent before and had no effect. */
  send(frame: Message, isRepeat?: boolean): void;
  /** Note whether the page is in a hidden tab. */
  setPresence(isHidden: boolean): void;
  /** Pass every message from the kernel to `receive`, until the signal aborts. */
  listen(receive: (wire: unknown) => void, signal: AbortSignal): void;
  /** Make the host connect to the kernel again, if it has given up on the connection. */
  reconnect(): void;
  /** Call `listener` with each change of the link to the far side, until the signal aborts. */
  watchLink(listener: LinkListener, signal: AbortSignal): void;
}

/** The members of JupyterLab's kernel connection (`Kernel.IKernelConnection`) that this code uses. */
interface Kernel extends WatchedKernel {
  readonly clientId: string;
  readonly username: string;
  sendControlMessage(message: object): { readonly done: Promise<unknown> };
  readonly connectionStatus?: string;
  reconnect?(): Promise<void>;
}

const MESSAGE_TYPE = "nbstream_msg";

/**
 * The beginning of an address that is the name of a `BroadcastChannel`. A kernel in a browser worker listens to it
 * (`src/nbstream/kernel/broadcast.py`).
 */
const BROADCAST_PREFIX = "broadcast:";

/** The way on which messages of this page reach each kernel. Only the first chat tries, because all use the same. */
const choices = new WeakMap<Kernel, WayChoice>();

/**
 * Open the route of a model. If the host does not give access to the kernel, all frames go over the comm;
 * otherwise `WayChoice` decides.
 */
export function openRoute<State extends ModelState, Message extends PageMessage = Frame>(
  model: AnyModel<State>,
): Route<Message> {
  const address = model.get("_address");
  const pages = new Set<string>();
  const choice = () => {
    const kernel = address ? kernelOf(model) : undefined;
    if (kernel && !choices.has(kernel)) choices.set(kernel, new WayChoice());
    return kernel && { kernel, ways: choices.get(kernel) as WayChoice };
  };
  return {
    send(frame, isRepeat = false) {
      if (frame.page !== undefined) pages.add(frame.page);
      const chosen = choice();
      const ways = chosen?.ways.waysFor(frame.kind, isRepeat) ?? ["comm"];
      const sent = chosen && ways.includes("control") && sendControl(chosen.kernel, address, frame);
      if (!sent || ways.includes("comm")) model.send(frame);
    },
    setPresence() {},
    listen(receive, signal) {
      const learn = (wire: unknown) => {
        const { to, via } = (wire ?? {}) as Partial<Update>;
        if ((via === "control" || via === "comm") && pages.has(to ?? "")) choice()?.ways.heard(via);
        receive(wire);
      };
      model.on("msg:custom", learn);
      signal.addEventListener("abort", () => model.off("msg:custom", learn));
    },
    reconnect() {
      const kernel = kernelOf(model);
      // Success is reported by the signal in `watchLink`. `reconnect` rejects if the kernel no longer
      // exists.
      if (kernel?.connectionStatus === "disconnected") kernel.reconnect?.().catch(() => {});
    },
    watchLink(listener, signal) {
      const comm = (model as unknown as AnyModel<ChatState>).get("_chat");
      watchKernel(kernelOf(model), comm, listener, signal);
      watchComm(model, listener, signal);
    },
  };
}

/** Watch the widget's comm: a host that hides its kernel tells only the widget that the kernel was restarted. */
function watchComm<State extends ModelState>(
  model: AnyModel<State>,
  listener: LinkListener,
  signal: AbortSignal,
): void {
  const id = (model as unknown as AnyModel<Partial<ChatState>>).get("_chat");
  if (!id) return;
  const manager = model.widget_manager as { get_model?(id: string): Promise<{ comm_live?: boolean }> };
  const check = async () => {
    const known = await manager.get_model?.(id);
    if (known?.comm_live === false && !signal.aborted) listener("kernel_restarted");
  };
  model.on("comm_live_update", check);
  signal.addEventListener("abort", () => model.off("comm_live_update", check));
}

/** The host's widget manager, of unknown type: each host has its own. */
export function widgetManagerOf<State extends ModelState>(model: AnyModel<State>): unknown {
  return model.widget_manager;
}

function kernelOf<State extends ModelState>(model: AnyModel<State>): Kernel | undefined {
  const manager = model.widget_manager as { kernel?: Partial<Kernel> | null };
  const kernel = manager.kernel;
  return typeof kernel?.sendControlMessage === "function" ? (kernel as Kernel) : undefined;
}

/** Send a frame on the way that the kernel reads while a cell runs, and return whether it was sent. */
function sendControl(kernel: Kernel, address: string, frame: PageMessage): boolean {
  if (address.startsWith(BROADCAST_PREFIX)) {
    const channel = new BroadcastChannel(address);
    channel.postMessage(frame);
    channel.close();
    return true;
  }
  const message = {
    channel: "control",
    header: {
      date: new Date().toISOString(),
      msg_id: `nbstream-${randomId()}${randomId()}`,
      msg_type: MESSAGE_TYPE,
      session: kernel.clientId,
      username: kernel.username,
      version: "5.4",
    },
    parent_header: {},
    metadata: {},
    content: { address, frame },
    buffers: [],
  };
  try {
    // `done` resolves when the kernel is idle again. It rejects when the kernel goes away; this error is
    // ignored, because a frame without an effect is repeated.
    kernel.sendControlMessage(message).done.catch(() => {});
    return true;
  } catch {
    return false;
  }
}

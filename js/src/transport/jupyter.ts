/** The model object's one file: how frames come from the kernel and which way they go back. */

import type { AnyModel } from "@anywidget/types";
import type { Frame } from "../core/protocol.ts";
import { unlike } from "../core/random-id.ts";

/** What the kernel says of a model that listens, in its synced state. */
export interface Addressed {
  /** The model's name on the control channel; empty where the kernel cannot listen there. */
  _address: string;
}

export interface ChatState extends Addressed {
  /** The model that carries the page's code, as anywidget refers to models. */
  _bundle: string;
  /** The model's own name, which it does not know on the page. */
  _chat: string;
  /** The cell under which the chat was shown last; empty where the host names no cells or nobody shows it. */
  _cell: string;
  /** Messages that a reader of an empty conversation can send with one press. */
  _suggestions: readonly string[];
}

export interface Route {
  /** Send a frame; `again` says that it was sent before and nothing came of it. */
  send(frame: Frame, again?: boolean): void;
  /** Listen until the signal aborts. */
  listen(receive: (wire: unknown) => void, signal: AbortSignal): void;
  /** Have the host try again, if it has given up on its connection to the kernel. */
  reconnect(): void;
  /** Be called when that connection stands again, until the signal aborts. */
  onReturn(back: () => void, signal: AbortSignal): void;
}

/** Lumino's signal, which is what JupyterLab tells things by. */
interface Told<Value> {
  connect(slot: (sender: unknown, value: Value) => void): unknown;
  disconnect(slot: (sender: unknown, value: Value) => void): unknown;
}

/** What is used of JupyterLab's kernel connection (`Kernel.IKernelConnection`). */
interface Kernel {
  readonly clientId: string;
  readonly username: string;
  sendControlMessage(message: object): { readonly done: Promise<unknown> };
  readonly connectionStatus?: string;
  readonly connectionStatusChanged?: Told<string>;
  reconnect?(): Promise<void>;
}

const MESSAGE_TYPE = "nbstream_msg";

/**
 * The control channel first: the kernel hears it whatever its cells do. Where the host hides the kernel, or
 * nothing comes of it, the comm, which a busy kernel may hear late.
 */
export function openRoute<State extends Addressed>(model: AnyModel<State>): Route {
  const address = model.get("_address");
  return {
    send(frame, again = false) {
      const kernel = address ? kernelOf(model) : undefined;
      const sent = kernel !== undefined && sendControl(kernel, address, frame);
      if (!sent || again) model.send(frame);
    },
    listen(receive, signal) {
      model.on("msg:custom", receive);
      signal.addEventListener("abort", () => model.off("msg:custom", receive));
    },
    reconnect() {
      const kernel = kernelOf(model);
      // What becomes of it is told by the signal below; a kernel that is gone for good throws.
      if (kernel?.connectionStatus === "disconnected") kernel.reconnect?.().catch(() => {});
    },
    onReturn(back, signal) {
      const told = kernelOf(model)?.connectionStatusChanged;
      const slot = (_: unknown, status: string) => status === "connected" && back();
      told?.connect(slot);
      signal.addEventListener("abort", () => told?.disconnect(slot));
    },
  };
}

/** Whatever the host keeps its widgets by. */
export function hostOf<State extends Addressed>(model: AnyModel<State>): unknown {
  return model.widget_manager;
}

function kernelOf<State extends Addressed>(model: AnyModel<State>): Kernel | undefined {
  const manager = model.widget_manager as { kernel?: Partial<Kernel> | null };
  const kernel = manager.kernel;
  return typeof kernel?.sendControlMessage === "function" ? (kernel as Kernel) : undefined;
}

function sendControl(kernel: Kernel, address: string, frame: Frame): boolean {
  const message = {
    channel: "control",
    header: {
      date: new Date().toISOString(),
      msg_id: `nbstream-${unlike()}${unlike()}`,
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
    // The kernel answers only that it is idle again; a kernel that goes away rejects, and the frame is sent again.
    kernel.sendControlMessage(message).done.catch(() => {});
    return true;
  } catch {
    return false;
  }
}

/** Watcher of a Jupyter kernel: tells when the connection to it is cut or back, and when the kernel has ended. */

/** How a conversation was lost: its kernel was restarted or has ended, or the server no longer has it. */
export type Loss = "kernel_restarted" | "kernel_ended" | "server_forgot";

export type LinkListener = (event: "cut" | "restored" | Loss) => void;

/** A signal of Lumino, the library with which JupyterLab publishes events. */
export interface LuminoSignal<Value> {
  connect(slot: (sender: unknown, value: Value) => void): unknown;
  disconnect(slot: (sender: unknown, value: Value) => void): unknown;
}

/** The members of JupyterLab's kernel connection that tell of its life. */
export interface WatchedKernel {
  readonly statusChanged?: LuminoSignal<string>;
  readonly connectionStatusChanged?: LuminoSignal<string>;
  /** Tells that the connection object is given up, as when the user chooses another kernel. */
  readonly disposed?: LuminoSignal<unknown>;
  readonly iopubMessage?: LuminoSignal<KernelMessage>;
  requestCommInfo?(content: { target_name: string }): Promise<CommInfo>;
}

interface KernelMessage {
  readonly header: { readonly msg_type: string };
  readonly content: { readonly restart?: unknown };
}

interface CommInfo {
  readonly content: { readonly status?: string; readonly comms?: object };
}

interface Comm {
  onMsg: (message: { readonly content: { readonly data: { readonly error?: unknown } } }) => void;
  onClose: () => void;
  open(data: object): unknown;
}

interface ExecuteReply {
  readonly content: { readonly status: string; readonly ename?: string; readonly evalue?: string };
}

/** The members of JupyterLab's kernel connection with which a chat is continued in another kernel. */
export interface ReachableKernel {
  readonly status: string;
  readonly statusChanged: LuminoSignal<string>;
  requestExecute(content: object): { readonly done: Promise<ExecuteReply> };
  createComm(target: string): Comm;
}

/** Return the kernel that a widget manager reaches now; undefined if there is none, or the host hides it. */
export function reachableKernel(manager: unknown): ReachableKernel | undefined {
  const { kernel, create_view } = manager as {
    kernel?: Partial<ReachableKernel> | null;
    create_view?: unknown;
  };
  const isReachable =
    typeof kernel?.requestExecute === "function" &&
    typeof kernel.createComm === "function" &&
    kernel.statusChanged !== undefined &&
    typeof create_view === "function" &&
    kernel.status !== "dead";
  return isReachable ? (kernel as ReachableKernel) : undefined;
}

/**
 * The statuses of a kernel that has lost its widgets. "starting" is the first status that a new process sends: it is
 * all that a page receives if another program restarts the kernel over the server's REST API (JupyterLab 4.6).
 */
const LOSSES: Readonly<Record<string, Loss>> = {
  restarting: "kernel_restarted",
  autorestarting: "kernel_restarted",
  starting: "kernel_restarted",
  terminating: "kernel_ended",
  dead: "kernel_ended",
};

const LINKS: Readonly<Record<string, "cut" | "restored">> = {
  connecting: "cut",
  disconnected: "cut",
  connected: "restored",
};

/** Tell `listener` about the kernel's life and the connection to it. `comm` is the id of the chat's comm. */
export function watchKernel(
  kernel: WatchedKernel | undefined,
  comm: string,
  listener: LinkListener,
  signal: AbortSignal,
): void {
  const report = (event: Parameters<LinkListener>[0] | undefined) => event && listener(event);
  // A kernel that is shut down over the server's REST API sends this message. Without it, the page would learn of the
  // shutdown up to ten seconds later, when JupyterLab asks the server again.
  const hear = ({ header, content }: KernelMessage) =>
    header.msg_type === "shutdown_reply" && listener(content.restart ? "kernel_restarted" : "kernel_ended");
  watch(kernel?.iopubMessage, hear, signal);
  // The process may have died and come back while the page was offline, and then no status tells of it.
  const probe = async (status: string) => {
    if (status === "connected" && !signal.aborted && (await hasLost(kernel, comm)))
      listener("kernel_restarted");
  };
  watch(kernel?.connectionStatusChanged, probe, signal);
  watch(kernel?.statusChanged, (status) => report(LOSSES[status]), signal);
  watch(kernel?.connectionStatusChanged, (status) => report(LINKS[status]), signal);
  watch(kernel?.disposed, () => report("kernel_ended"), signal);
}

/** Ask a kernel whether it is another process than the one that had this comm. */
async function hasLost(kernel: WatchedKernel | undefined, comm: string): Promise<boolean> {
  const reply = await kernel?.requestCommInfo?.({ target_name: "jupyter.widget" }).catch(() => undefined);
  const { status, comms } = reply?.content ?? {};
  return status === "ok" && comms !== undefined && !(comm in comms);
}

function watch<Value>(
  changes: LuminoSignal<Value> | undefined,
  onChange: (value: Value) => unknown,
  signal: AbortSignal,
): void {
  const slot = (_: unknown, value: Value) => onChange(value);
  changes?.connect(slot);
  signal.addEventListener("abort", () => changes?.disconnect(slot));
}

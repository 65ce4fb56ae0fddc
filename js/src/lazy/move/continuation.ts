/**
 * Continuation of a chat in a new kernel, after its own kernel was restarted or has ended. The kernel's end is
 * `src/nbstream/notebook/continuation.py`.
 *
 * The page runs one fixed statement, which loads nbstream there, because the user pressed the button. The
 * conversation follows as the data of a comm, so nothing of it is ever run.
 */

import type { AnyModel } from "@anywidget/types";
import type { TurnRecord } from "../../core/history.ts";
import { MOVE_TEXT } from "../../core/page-text.ts";
import { VERSION } from "../../core/protocol.ts";
import { type ChatState, widgetManagerOf } from "../../transport/jupyter.ts";
import { type ReachableKernel, reachableKernel } from "../../transport/kernel-link.ts";

/** The statement. It binds no name in the user's namespace. */
export const STATEMENT = '__import__("nbstream.notebook.continuation", fromlist=["accept"]).accept()';

export const COMM_TARGET = "nbstream.continue";

/** The statuses of a kernel that answers requests. JupyterLab drops a request to a kernel that is starting. */
const READY: ReadonlySet<string> = new Set(["idle", "busy"]);

/**
 * Limit of the conversation's size. Jupyter's websocket accepts messages of up to 10 MiB (tornado's
 * `websocket_max_message_size`) and closes the connection at a longer one; each character may take three bytes.
 */
const MAX_HISTORY_CHARS = 3_000_000;

/** A kernel that takes no request in this time has not come up. */
const READY_TIMEOUT_MS = 60_000;

/** The view of a widget, as the widget manager makes it. */
interface WidgetView {
  readonly el: HTMLElement;
  remove(): void;
}

interface Manager<Model> {
  get_model(id: string): Promise<Model>;
  create_view(model: Model): Promise<WidgetView>;
}

/**
 * Make a chat live in the kernel that the page reaches now, and return a function that makes a view of it.
 * Reject with a sentence for the user if that fails.
 */
export async function continueInKernel(
  model: AnyModel<ChatState>,
  turns: readonly TurnRecord[],
  chosenModel?: string,
): Promise<() => Promise<WidgetView>> {
  const kernel = reachableKernel(widgetManagerOf(model));
  if (!kernel) throw new Error(MOVE_TEXT.noKernel);
  if (JSON.stringify(turns).length > MAX_HISTORY_CHARS) throw new Error(MOVE_TEXT.tooLong);
  const manager = widgetManagerOf(model) as Manager<unknown>;
  await whenReady(kernel);
  await loadNbstream(kernel);
  const id = model.get("_chat");
  await sendHistory(kernel, {
    v: VERSION,
    chat: id,
    cell: model.get("_cell"),
    settings: model.get("_settings"),
    suggestions: model.get("_suggestions"),
    turns,
    ...(chosenModel !== undefined && { model: chosenModel }),
  });
  const moved = await manager.get_model(id);
  return () => manager.create_view(moved);
}

function whenReady(kernel: ReachableKernel): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (end: () => void) => {
      kernel.statusChanged.disconnect(check);
      clearTimeout(timer);
      end();
    };
    const check = () => READY.has(kernel.status) && finish(resolve);
    const timer = setTimeout(() => finish(() => reject(new Error(MOVE_TEXT.notStarted))), READY_TIMEOUT_MS);
    kernel.statusChanged.connect(check);
    check();
  });
}

async function loadNbstream(kernel: ReachableKernel): Promise<void> {
  const request = {
    code: STATEMENT,
    silent: true,
    store_history: false,
    allow_stdin: false,
    stop_on_error: false,
  };
  const { content } = await kernel.requestExecute(request).done.catch(() => {
    throw new Error(MOVE_TEXT.restarted);
  });
  if (content.status === "ok") return;
  if (content.ename === "ModuleNotFoundError") throw new Error(MOVE_TEXT.notInstalled);
  throw new Error(MOVE_TEXT.notLoaded(content.ename ?? content.status, content.evalue ?? ""));
}

function sendHistory(kernel: ReachableKernel, data: object): Promise<void> {
  const comm = kernel.createComm(COMM_TARGET);
  return new Promise((resolve, reject) => {
    comm.onMsg = ({ content: { data: answer } }) =>
      answer.error === undefined ? resolve() : reject(new Error(String(answer.error)));
    comm.onClose = () => reject(new Error(MOVE_TEXT.notTaken));
    comm.open(data);
  });
}

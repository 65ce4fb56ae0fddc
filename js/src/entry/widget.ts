/**
 * The page's code, which travels once as a model of its own. The models of the chats carry `stub.ts`, which
 * asks this one to open them.
 */

import type { AnyModel, InitializeProps } from "@anywidget/types";
import { Connection } from "../chat/connection.ts";
import type { View } from "../chat/painter.ts";
import { inserter, notebookHostOf } from "../jupyterlab/notebook.ts";
import { Keeper } from "../jupyterlab/notebook-saver.ts";
import { Delivery, ofKernel } from "../lazy/loader.ts";
import { type Addressed, type ChatState, openRoute } from "../transport/jupyter.ts";
import { ChatView } from "../view/chat.ts";

export interface OpenChat {
  /** Show the chat in an output until the signal aborts. */
  show(el: HTMLElement, signal: AbortSignal): void;
}

export interface Bundle {
  /** Aborts when a newer bundle takes over (hot reload). */
  readonly signal: AbortSignal;
  /** Open a chat's model once; `early` are the messages that came before. */
  open(model: AnyModel<ChatState>, early: unknown[], signal: AbortSignal): OpenChat;
}

/** Stands for an output that the host has not drawn yet: far from the reader, but there. */
const UNSEEN: View = { seen: false, paint: () => 0 };

export default {
  initialize({ model: ownModel, signal }: InitializeProps<Addressed>): Bundle {
    const parts = new Delivery(ofKernel(openRoute(ownModel), signal));
    const unseen = new Map<string, { connection: Connection; signal: AbortSignal; leave: AbortController }>();
    const shown = new Set<string>();
    const host = notebookHostOf(ownModel);
    const keeper = Keeper.of(host, openUnseen, () => parts.save(), signal);

    function connect(model: AnyModel<ChatState>, early: unknown[], life: AbortSignal): Connection {
      const id = model.get("_chat");
      const ended = keeper && (() => keeper.ended(id));
      const connection = new Connection(openRoute(model), early, life, ended);
      keeper?.keep(id, connection.transcript);
      return connection;
    }

    /** A page that was loaded again is back for the kernel before each of its outputs is drawn. */
    function openUnseen(model: AnyModel<ChatState>): void {
      const id = model.get("_chat");
      if (shown.has(id) || unseen.has(id)) return;
      const closed = new AbortController();
      model.on("comm:close", () => closed.abort());
      const life = AbortSignal.any([signal, closed.signal]);
      const leave = new AbortController();
      const connection = connect(model, [], life);
      connection.attach(UNSEEN, AbortSignal.any([life, leave.signal]));
      unseen.set(id, { connection, signal: life, leave });
    }

    return {
      signal,
      open(model, early, modelSignal) {
        const id = model.get("_chat");
        const before = unseen.get(id);
        const life = AbortSignal.any([before?.signal ?? signal, modelSignal]);
        const connection = before?.connection ?? connect(model, early, life);
        shown.add(id);
        return {
          show(el, viewSignal) {
            const view = AbortSignal.any([life, viewSignal]);
            const suggestions = model.get("_suggestions");
            connection.attach(
              new ChatView(el, connection, view, parts, inserter(host, id, el), suggestions),
              view,
            );
            before?.leave.abort();
          },
        };
      },
    };
  },
};

/**
 * The page's code, which travels once, as a model of its own. The models of the chats carry `chat-model.ts`,
 * which has this one open them.
 */

import type { AnyModel, InitializeProps } from "@anywidget/types";
import { Connection } from "../chat/connection.ts";
import type { View } from "../chat/painter.ts";
import { codeInserter, notebookManagerOf } from "../jupyterlab/notebook.ts";
import { NotebookSaver } from "../jupyterlab/notebook-saver.ts";
import { fromKernel, LazyLoader } from "../lazy/loader.ts";
import { type ChatState, type ModelState, openRoute } from "../transport/jupyter.ts";
import { ChatView } from "../view/chat.ts";

export interface OpenChat {
  /** Show the chat in an output until the signal aborts. */
  show(el: HTMLElement, signal: AbortSignal): void;
}

export interface PageCode {
  /** Aborts when newer code takes over (hot reload). */
  readonly signal: AbortSignal;
  /** Open a chat's model once; `earlyFrames` came before. */
  open(model: AnyModel<ChatState>, earlyFrames: unknown[], signal: AbortSignal): OpenChat;
}

/**
 * Stands for an output that the host has not drawn yet: it counts as a view, and is out of the user's sight.
 */
const UNDRAWN_VIEW: View = { isVisible: false, paint: () => 0 };

interface UndrawnChat {
  readonly connection: Connection;
  readonly signal: AbortSignal;
  readonly detach: AbortController;
}

export default {
  initialize({ model: ownModel, signal }: InitializeProps<ModelState>): PageCode {
    const assets = new LazyLoader(fromKernel(openRoute(ownModel), signal));
    const undrawn = new Map<string, UndrawnChat>();
    const shown = new Set<string>();
    const manager = notebookManagerOf(ownModel);
    const saver = NotebookSaver.create(manager, openUndrawn, () => assets.save(), signal);

    function connect(model: AnyModel<ChatState>, earlyFrames: unknown[], life: AbortSignal): Connection {
      const id = model.get("_chat");
      const onReplyEnded = saver && (() => saver.replyEnded(id));
      const connection = new Connection(openRoute(model), earlyFrames, life, onReplyEnded);
      saver?.track(id, connection.transcript);
      return connection;
    }

    /**
     * Connect a chat before its output is drawn: the kernel of a reloaded page must not wait for the user to
     * scroll.
     */
    function openUndrawn(model: AnyModel<ChatState>): void {
      const id = model.get("_chat");
      if (shown.has(id) || undrawn.has(id)) return;
      const closed = new AbortController();
      model.on("comm:close", () => closed.abort());
      const life = AbortSignal.any([signal, closed.signal]);
      const detach = new AbortController();
      const connection = connect(model, [], life);
      connection.attach(UNDRAWN_VIEW, AbortSignal.any([life, detach.signal]));
      undrawn.set(id, { connection, signal: life, detach });
    }

    return {
      signal,
      open(model, earlyFrames, modelSignal) {
        const id = model.get("_chat");
        const before = undrawn.get(id);
        const life = AbortSignal.any([before?.signal ?? signal, modelSignal]);
        const connection = before?.connection ?? connect(model, earlyFrames, life);
        shown.add(id);
        return {
          show(el, viewSignal) {
            const viewLife = AbortSignal.any([life, viewSignal]);
            const insertCode = codeInserter(manager, id, el);
            const suggestions = model.get("_suggestions");
            const view = new ChatView(el, connection, viewLife, assets, insertCode, suggestions);
            connection.attach(view, viewLife);
            before?.detach.abort();
          },
        };
      },
    };
  },
};

/**
 * Entry point of the page's code. The kernel sends this code once, in a widget model of its own. The widget
 * model of each chat carries only `chat-model.ts`, which calls the code of this module to open the chat.
 */

import type { AnyModel, InitializeProps } from "@anywidget/types";
import { Connection } from "../chat/connection.ts";
import type { Mover } from "../chat/link.ts";
import type { View } from "../chat/painter.ts";
import { MOVE_TEXT } from "../core/page-text.ts";
import { createSaver, notebookManagerOf } from "../jupyterlab/host.ts";
import { diagramDrawer } from "../jupyterlab/mermaid.ts";
import { codeInserter, type WidgetManager } from "../jupyterlab/notebook.ts";
import type { ChatSaver } from "../jupyterlab/saved-chats.ts";
import { fromKernel, LazyLoader, type ShownChat } from "../lazy/loader.ts";
import { type ChatState, type ModelState, openRoute, widgetManagerOf } from "../transport/jupyter.ts";
import { reachableKernel } from "../transport/kernel-link.ts";
import { ChatView } from "../view/chat.ts";
import { Composer } from "../view/composer/composer.ts";
import { sentMessages } from "../view/composer/send-message.ts";
import type { CreateComposer, SharedChat } from "../view/composer/shared-composer.ts";
import type { VariableSource } from "../view/composer/variable-source.ts";

export interface OpenChat extends SharedChat {
  /** Show the chat in an output until the signal aborts. */
  show(el: HTMLElement, signal: AbortSignal): void;
}

export interface PageCode {
  /** Aborts when a newer version of this code replaces it (hot reload). */
  readonly signal: AbortSignal;
  /** Open a chat's model; call it once for each chat. `earlyFrames` are the frames that arrived before. */
  open(model: AnyModel<ChatState>, earlyFrames: unknown[], signal: AbortSignal): OpenChat;
  /** Make a message box for several chats. */
  readonly createComposer: CreateComposer;
}

/** View of an output that the host has not drawn yet. It counts as a view that is out of the user's sight. */
const UNDRAWN_VIEW: View = { isVisible: false, paint: () => 0 };

interface UndrawnChat {
  readonly connection: Connection;
  readonly signal: AbortSignal;
  readonly detach: AbortController;
}

/** The chats of this page. */
class PageChats {
  readonly #assets: LazyLoader;
  readonly #signal: AbortSignal;
  readonly #manager: WidgetManager | undefined;
  readonly #saver: ChatSaver | undefined;
  readonly #undrawn = new Map<string, UndrawnChat>();
  readonly #shown = new Map<string, Set<ShownChat>>();
  /** The views of the chats of each cell, a set for each chat. */
  readonly #cells = new Map<string, Set<ReadonlySet<ShownChat>>>();

  readonly createComposer: CreateComposer = (connection, send, name) => {
    const sent = () => sentMessages(connection.transcript);
    return new Composer(send, sent, undefined, this.#variablesOf(connection), name);
  };

  constructor(ownModel: AnyModel<ModelState>, signal: AbortSignal) {
    this.#signal = signal;
    this.#assets = new LazyLoader(fromKernel(openRoute(ownModel), signal));
    this.#manager = notebookManagerOf(ownModel);
    this.#saver = createSaver(
      this.#manager,
      (model, viewSignal) => this.#openUndrawn(model, viewSignal),
      () => this.#assets.save(),
      signal,
    );
  }

  open(model: AnyModel<ChatState>, earlyFrames: unknown[], modelSignal: AbortSignal): OpenChat {
    const id = model.get("_chat");
    const before = this.#undrawn.get(id);
    const life = AbortSignal.any([before?.signal ?? this.#signal, modelSignal]);
    const connection = before?.connection ?? this.#connect(model, earlyFrames, life);
    const shown = new Set<ShownChat>();
    this.#shown.set(id, shown);
    let cell = model.get("_cell");
    this.#addToCell(cell, shown);
    const leaveCell = () => {
      this.#cells.get(cell)?.delete(shown);
      this.#markSeveral(cell);
    };
    life.addEventListener("abort", leaveCell);
    model.on("change:_cell", () => {
      leaveCell();
      cell = model.get("_cell");
      this.#addToCell(cell, shown);
    });
    return {
      connection,
      signal: life,
      show: (el, viewSignal) => {
        const viewLife = AbortSignal.any([life, viewSignal]);
        // A later cell that asks this chat links to the view (`src/nbstream/notebook/outputs/answer_link.py`).
        el.id = `nbstream-${id}`;
        const host = {
          insertCode: codeInserter(this.#manager, id, el),
          drawDiagram: diagramDrawer(this.#manager),
        };
        const offer = {
          suggestions: model.get("_suggestions"),
          model: model.get("_settings").request?.model,
          variables: this.#variablesOf(connection),
        };
        const view = new ChatView(el, connection, viewLife, this.#assets, host, offer);
        connection.attach(view, viewLife);
        before?.detach.abort();
        // The cell above this view is another one, so its code does not have the chat's first question.
        el.classList.toggle("nbstream-again", shown.size > 0);
        const entry = { el, signal: viewLife, takeDraft: () => view.composerArea.takeDraft() };
        shown.add(entry);
        this.#markSeveral(cell);
        viewLife.addEventListener("abort", () => {
          shown.delete(entry);
          this.#markSeveral(cell);
        });
      },
    };
  }

  #variablesOf(connection: Connection): VariableSource {
    return { list: (text) => connection.listVariables(text), load: () => this.#assets.variables() };
  }

  #addToCell(cell: string, views: ReadonlySet<ShownChat>): void {
    // Chats whose cell is not known share none.
    const chats = (cell && this.#cells.get(cell)) || new Set();
    this.#cells.set(cell, chats.add(views));
    this.#markSeveral(cell);
  }

  /** Mark the chats that share a cell with others, whose boxes take no room until they are used. */
  #markSeveral(cell: string): void {
    const chats = [...(this.#cells.get(cell) ?? [])].filter(({ size }) => size > 0);
    for (const { el } of chats.flatMap((views) => [...views]))
      el.classList.toggle("nbstream-several", chats.length > 1);
  }

  #connect(model: AnyModel<ChatState>, earlyFrames: unknown[], life: AbortSignal): Connection {
    const id = model.get("_chat");
    const saver = this.#saver;
    const onReplyEnded = saver && (() => saver.replyEnded(id));
    const mover = this.#mover(model);
    // This part of the code must be here before the kernel ends.
    if (mover.isAvailable) this.#assets.move();
    const connection = new Connection(openRoute(model), earlyFrames, life, onReplyEnded, mover);
    saver?.track(id, connection.transcript);
    return connection;
  }

  /** Make the mover of a chat. In the new kernel, the chat has the same id. */
  #mover(model: AnyModel<ChatState>): Mover {
    const assets = this.#assets;
    return {
      get isAvailable() {
        return reachableKernel(widgetManagerOf(model)) !== undefined;
      },
      move: async (transcript) => {
        const move = await assets.move();
        if (!move) throw new Error(MOVE_TEXT.noCode);
        const id = model.get("_chat");
        await move(model, transcript, this.#shown.get(id) ?? [], () => this.#saver?.forget(id));
      },
      async watchArrival(signal, onArrived) {
        const move = this.isAvailable ? await assets.move() : undefined;
        move?.whenArrived(model, signal).then(onArrived);
      },
    };
  }

  /**
   * Connect a chat before its output is drawn. After the page was reloaded, the kernel must not have to wait
   * until the user scrolls to the output.
   */
  #openUndrawn(model: AnyModel<ChatState>, viewSignal: AbortSignal): void {
    const id = model.get("_chat");
    if (this.#shown.has(id)) return;
    const chat = this.#undrawn.get(id) ?? this.#connectUndrawn(model);
    this.#undrawn.set(id, chat);
    const lives = [chat.signal, chat.detach.signal, viewSignal];
    chat.connection.attach(UNDRAWN_VIEW, AbortSignal.any(lives));
  }

  #connectUndrawn(model: AnyModel<ChatState>): UndrawnChat {
    const closed = new AbortController();
    model.on("comm:close", () => closed.abort());
    const life = AbortSignal.any([this.#signal, closed.signal]);
    return { connection: this.#connect(model, [], life), signal: life, detach: new AbortController() };
  }
}

export default {
  initialize({ model, signal }: InitializeProps<ModelState>): PageCode {
    const chats = new PageChats(model, signal);
    return {
      signal,
      open: (...args) => chats.open(...args),
      createComposer: chats.createComposer,
    };
  },
};

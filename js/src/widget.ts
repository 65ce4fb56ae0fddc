/**
 * The page's code, which travels once as a model of its own. The models of the chats carry `stub.ts`, which
 * asks this one to open them.
 */

import type { AnyModel, InitializeProps } from "@anywidget/types";
import { Connection } from "./connection.ts";
import { Delivery } from "./delivery.ts";
import { type Addressed, type ChatState, openRoute } from "./route.ts";
import { ChatView } from "./view/chat.ts";

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

export default {
  initialize({ model: ownModel, signal }: InitializeProps<Addressed>): Bundle {
    const parts = new Delivery(openRoute(ownModel), signal);
    return {
      signal,
      open(model, early, modelSignal) {
        const life = AbortSignal.any([signal, modelSignal]);
        const connection = new Connection(openRoute(model), early, life);
        return {
          show(el, viewSignal) {
            const shown = AbortSignal.any([life, viewSignal]);
            connection.attach(new ChatView(el, connection, shown, parts), shown);
          },
        };
      },
    };
  },
};

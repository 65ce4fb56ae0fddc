/** Entry point of the page without a notebook: one conversation over HTTP, and a button to begin another. */

import { Connection } from "../chat/connection.ts";
import type { Mover } from "../chat/link.ts";
import { opsOf, recordsOf, type TurnRecord } from "../core/history.ts";
import { MOVE_TEXT, PAGE_TEXT } from "../core/page-text.ts";
import { type AssetName, VERSION } from "../core/protocol.ts";
import { LazyLoader } from "../lazy/loader.ts";
import { streamUrl } from "../sse/address.ts";
import { newId } from "../sse/client.ts";
import { errorFrom } from "../sse/errors.ts";
import { HttpRoute, type RouteProblem } from "../transport/http.ts";
import { button } from "../view/base/button.ts";
import { element } from "../view/base/dom.ts";
import { ChatView } from "../view/chat.ts";
import { clearStored, store, stored } from "./tab-storage.ts";

/** The assets are files beside this module. */
const assets = new LazyLoader(async (name: AssetName) => {
  const address = new URL(`./${name}.js`, import.meta.url).href;
  return (await import(/* @vite-ignore */ address)).default;
});

/** The part of the page that shows a conversation, and problems above it. */
class ConversationPage {
  readonly #main: HTMLElement;
  readonly #url: string;
  readonly #alert = element("div", "nbstream-trouble", { role: "alert" });
  #life = new AbortController();
  #route: HttpRoute | undefined;

  constructor(main: HTMLElement, url: string) {
    this.#main = main;
    this.#url = url;
    main.append(this.#alert);
  }

  /**
   * Show a conversation.
   *
   * @param draft A text that the user has not sent.
   * @param kept The conversation as this tab kept it, if the server no longer has it.
   */
  open(id: string, draft = "", kept?: readonly TurnRecord[]): void {
    this.#life = new AbortController();
    const { signal } = this.#life;
    const onProblem = (problem: RouteProblem | undefined) => {
      this.#showProblem(problem);
      if (!problem?.rejectedPrompt) return;
      const { key, text, files = [] } = problem.rejectedPrompt;
      view.composerArea.handleQueueAction("withdraw", { key, text, files: files.map(({ name }) => name) });
    };
    const route = new HttpRoute(this.#url, id, onProblem, signal);
    this.#route = route;
    const ops = opsOf(kept ?? []);
    const early = kept ? [{ v: VERSION, kind: "update", base: 0, seq: ops.length, now: 0, ops }] : [];
    // The early frames may end a reply before the connection is made.
    let connection: Connection | undefined;
    const keep = () => connection && store(id, recordsOf(connection.transcript));
    connection = new Connection(route, early, signal, keep, this.#mover());
    if (kept) route.markForgotten();
    keep();
    addEventListener("pagehide", keep, { signal });
    const view = new ChatView(this.#main, connection, signal, assets);
    connection.attach(view, signal);
    // Move the unsent text into the new message box. The empty key names no queued message, so none is
    // withdrawn.
    view.composerArea.handleQueueAction("withdraw", { key: "", text: draft, files: [] });
  }

  /** End the conversation, and open a new one with the unsent text. */
  openAnother(): void {
    this.#route?.endConversation();
    clearStored();
    this.#openInPlace(newId());
  }

  #openInPlace(id: string): void {
    const box = this.#main.querySelector<HTMLTextAreaElement>(".nbstream-composer textarea");
    this.#life.abort();
    this.#showProblem(undefined);
    this.open(id, box?.value);
  }

  /** Make the mover into a server that does not have the conversation. The server checks it like any other. */
  #mover(): Mover {
    return {
      isAvailable: true,
      move: async (transcript) => {
        const id = newId();
        const body = JSON.stringify({ chat: true, id, turns: recordsOf(transcript) });
        const request = { method: "POST", headers: { "Content-Type": "application/json" }, body };
        const response = await fetch(this.#url, request).catch(() => undefined);
        if (!response) throw new Error(MOVE_TEXT.noServer);
        if (!response.ok) throw await errorFrom(response, this.#url);
        // The server has the conversation now. Its stream is read in the same way as any other.
        await response.body?.cancel();
        this.#openInPlace(id);
      },
    };
  }

  close(): void {
    this.#life.abort();
    this.#alert.remove();
  }

  #showProblem(problem: RouteProblem | undefined): void {
    // An alert with the same text is not replaced. Screen readers would read it out again, and its button
    // would lose the focus.
    if (this.#alert.textContent === (problem?.message ?? "")) return;
    const lines = problem ? [element("p", "", {}, problem.message)] : [];
    const buttons = problem?.isOver ? [button(PAGE_TEXT.newChat, () => this.openAnother())] : [];
    this.#alert.replaceChildren(...lines, ...buttons);
  }
}

/** Show this tab's conversation, or a new one, until the signal aborts. */
export function openPage(
  main: HTMLElement,
  newChat: HTMLElement,
  signal: AbortSignal,
  url = "api/stream",
): void {
  const page = new ConversationPage(main, url);
  newChat.addEventListener("click", () => page.openAnother(), { signal });
  signal.addEventListener("abort", () => page.close());
  openStored(page, url, signal);
}

/** Show what this tab showed before it was loaded again. The server may have lost it meanwhile. */
async function openStored(page: ConversationPage, url: string, signal: AbortSignal): Promise<void> {
  const { id, turns } = stored();
  const isLost = id !== undefined && turns.length > 0 && (await isForgotten(streamUrl(url, id)));
  if (!signal.aborted) page.open(id ?? newId(), "", isLost ? turns : undefined);
}

async function isForgotten(address: string): Promise<boolean> {
  const response = await fetch(address, { method: "HEAD" }).catch(() => undefined);
  return response?.status === 404;
}

const main = document.querySelector<HTMLElement>("main.nbstream-page");
const newChat = document.querySelector<HTMLElement>("#new-chat");
if (main && newChat) openPage(main, newChat, new AbortController().signal);

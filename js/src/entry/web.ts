/** Entry point of the page without a notebook: one conversation over HTTP, and a button to begin another. */

import { Connection } from "../chat/connection.ts";
import type { AssetName } from "../core/protocol.ts";
import { LazyLoader } from "../lazy/loader.ts";
import { newId } from "../sse/client.ts";
import { HttpRoute, type RouteProblem } from "../transport/http.ts";
import { button } from "../view/base/button.ts";
import { element } from "../view/base/dom.ts";
import { ChatView } from "../view/chat.ts";

/** Key in `sessionStorage` of the tab's conversation id, for a page that is reloaded. */
const STORAGE_KEY = "nbstream-chat";

/** The assets are files beside this module. */
const assets = new LazyLoader(async (name: AssetName) => {
  const address = new URL(`./${name}.js`, import.meta.url).href;
  return (await import(/* @vite-ignore */ address)).default;
});

/**
 * Return this tab's conversation id, after storing `newValue` if it is given. `sessionStorage` throws in a
 * browser that does not let the site store anything; the result is then undefined.
 */
function storedId(newValue?: string): string | null | undefined {
  try {
    if (newValue) sessionStorage.setItem(STORAGE_KEY, newValue);
    return sessionStorage.getItem(STORAGE_KEY);
  } catch {
    return undefined;
  }
}

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

  open(id: string, draft = ""): void {
    this.#life = new AbortController();
    const { signal } = this.#life;
    storedId(id);
    const onProblem = (problem: RouteProblem | undefined) => {
      this.#showProblem(problem);
      if (!problem?.rejectedPrompt) return;
      const { key, text, files = [] } = problem.rejectedPrompt;
      view.composerArea.handleQueueAction("withdraw", { key, text, files: files.map(({ name }) => name) });
    };
    this.#route = new HttpRoute(this.#url, id, onProblem, signal);
    const connection = new Connection(this.#route, [], signal);
    const view = new ChatView(this.#main, connection, signal, assets);
    connection.attach(view, signal);
    // Move the unsent text into the new message box. The empty key names no queued message, so none is
    // withdrawn.
    view.composerArea.handleQueueAction("withdraw", { key: "", text: draft, files: [] });
  }

  /** End the conversation, and open a new one with the unsent text. */
  openAnother(): void {
    const box = this.#main.querySelector<HTMLTextAreaElement>(".nbstream-composer textarea");
    this.#route?.endConversation();
    this.#life.abort();
    this.#showProblem(undefined);
    this.open(newId(), box?.value);
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
    const buttons = problem?.isOver ? [button("New chat", () => this.openAnother())] : [];
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
  page.open(storedId() ?? newId());
}

const main = document.querySelector<HTMLElement>("main.nbstream-page");
const newChat = document.querySelector<HTMLElement>("#new-chat");
if (main && newChat) openPage(main, newChat, new AbortController().signal);

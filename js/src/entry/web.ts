/**
 * Entry point of the page without a notebook: one conversation over HTTP, and a button that begins another.
 */

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

/** Store or read this tab's conversation id. Access throws in a browser that allows the site no storage. */
function storedId(newValue?: string): string | null | undefined {
  try {
    if (newValue) sessionStorage.setItem(STORAGE_KEY, newValue);
    return sessionStorage.getItem(STORAGE_KEY);
  } catch {
    return undefined;
  }
}

/** Show this tab's conversation, or a new one, until the signal aborts. */
export function openPage(
  main: HTMLElement,
  newChat: HTMLElement,
  signal: AbortSignal,
  url = "api/stream",
): void {
  const alert = element("div", "nbstream-trouble", { role: "alert" });
  main.append(alert);
  let close = () => {};
  let openAnother = () => {};

  function open(id: string, draft = ""): void {
    const life = new AbortController();
    storedId(id);
    const route = new HttpRoute(
      url,
      id,
      (problem) => {
        showProblem(problem);
        if (!problem?.rejectedPrompt) return;
        const { key, text, files = [] } = problem.rejectedPrompt;
        view.composerArea.handleQueueAction("withdraw", { key, text, files: files.map(({ name }) => name) });
      },
      life.signal,
    );
    const connection = new Connection(route, [], life.signal);
    const view = new ChatView(main, connection, life.signal, assets);
    connection.attach(view, life.signal);
    close = () => life.abort();
    openAnother = () => {
      const box = main.querySelector<HTMLTextAreaElement>(".nbstream-composer textarea");
      route.endConversation();
      close();
      showProblem(undefined);
      open(newId(), box?.value);
    };
    // Move the unsent text into the new message box. The empty key names no queued message, so none is
    // withdrawn.
    view.composerArea.handleQueueAction("withdraw", { key: "", text: draft, files: [] });
  }

  function showProblem(problem: RouteProblem | undefined): void {
    // Replacing an alert by the same text would have it read out again, and take the focus from its button.
    if (alert.textContent === (problem?.message ?? "")) return;
    const lines = problem ? [element("p", "", {}, problem.message)] : [];
    alert.replaceChildren(...lines, ...(problem?.isOver ? [button("New chat", () => openAnother())] : []));
  }

  newChat.addEventListener("click", () => openAnother(), { signal });
  signal.addEventListener("abort", () => {
    close();
    alert.remove();
  });
  open(storedId() ?? newId());
}

const main = document.querySelector<HTMLElement>("main.nbstream-page");
const newChat = document.querySelector<HTMLElement>("#new-chat");
if (main && newChat) openPage(main, newChat, new AbortController().signal);

/** The page that nobody needs a notebook for: one conversation over HTTP, and a button for another. */

import { Connection } from "../chat/connection.ts";
import type { AssetName } from "../core/protocol.ts";
import { Delivery } from "../lazy/loader.ts";
import { newId } from "../sse/client.ts";
import { HttpRoute, type Trouble } from "../transport/http.ts";
import { button } from "../view/base/button.ts";
import { element } from "../view/base/dom.ts";
import { ChatView } from "../view/chat.ts";

/** Where a page that is loaded again finds its conversation. */
const KEPT = "nbstream-chat";

/** What makes code and formulas stands beside the page's own code. */
const parts = new Delivery(async (name: AssetName) => {
  const address = new URL(`./${name}.js`, import.meta.url).href;
  return (await import(/* @vite-ignore */ address)).default;
});

/** The conversation of this tab; a browser that keeps nothing of a site throws. */
function kept(id?: string): string | null | undefined {
  try {
    if (id) sessionStorage.setItem(KEPT, id);
    return sessionStorage.getItem(KEPT);
  } catch {
    return undefined;
  }
}

/** Show the conversation that this tab has, or a new one, until the signal aborts. */
export function openPage(
  main: HTMLElement,
  newChat: HTMLElement,
  signal: AbortSignal,
  url = "api/stream",
): void {
  const alert = element("div", "nbstream-trouble", { role: "alert" });
  main.append(alert);
  let end = () => {};
  let another = () => {};

  function open(id: string, draft = ""): void {
    const life = new AbortController();
    kept(id);
    const route = new HttpRoute(url, id, (trouble) => {
      tell(trouble);
      if (!trouble?.back) return;
      const { key, text, files = [] } = trouble.back;
      view.writing.ofQueue("withdraw", { key, text, files: files.map(({ name }) => name) });
    });
    const connection = new Connection(route, [], life.signal);
    const view = new ChatView(main, connection, life.signal, parts);
    connection.attach(view, life.signal);
    end = () => life.abort();
    another = () => {
      const box = main.querySelector<HTMLTextAreaElement>(".nbstream-composer textarea");
      route.end();
      end();
      tell(undefined);
      open(newId(), box?.value);
    };
    // Who writes goes on there; no message waits by this name.
    view.writing.ofQueue("withdraw", { key: "", text: draft, files: [] });
  }

  function tell(trouble: Trouble | undefined): void {
    // The same again would be read out again, and take the focus from its button.
    if (alert.textContent === (trouble?.said ?? "")) return;
    const said = trouble ? [element("p", "", {}, trouble.said)] : [];
    alert.replaceChildren(...said, ...(trouble?.over ? [button("New chat", () => another())] : []));
  }

  newChat.addEventListener("click", () => another(), { signal });
  signal.addEventListener("abort", () => {
    end();
    alert.remove();
  });
  open(kept() ?? newId());
}

const main = document.querySelector<HTMLElement>("main.nbstream-page");
const newChat = document.querySelector<HTMLElement>("#new-chat");
if (main && newChat) openPage(main, newChat, new AbortController().signal);

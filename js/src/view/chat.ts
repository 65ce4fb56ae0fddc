/** One output that shows the chat: the conversation, the state line, the message box. */

import type { Connection, View } from "../connection.ts";
import { decide, type Follow } from "../core/follow.ts";
import { isRunning, lastReply, type Transcript } from "../core/transcript.ts";
import { Composer } from "./composer.ts";
import { element } from "./dom.ts";
import { StateLine } from "./state-line.ts";
import { TurnView } from "./turn.ts";

/** How far out of sight a view is still kept up to date, so that scrolling to it shows it as it is. */
const NEAR = "50%";

/** The seconds in the state line go on between frames. */
const CLOCK = 1_000;

export class ChatView implements View {
  seen = true;
  readonly #log = element("div", "nbstream-log", {
    role: "log",
    "aria-label": "Conversation",
    tabindex: "0",
  });
  readonly #state: StateLine;
  readonly #composer: Composer;
  readonly #turns: TurnView[] = [];
  #follow: Follow = { following: true, top: 0 };

  constructor(el: HTMLElement, connection: Connection, signal: AbortSignal) {
    const stop = () => {
      const turn = lastReply(connection.transcript);
      if (!turn || !isRunning(turn.reply)) return false;
      this.#state.stopping(turn.id);
      connection.stop();
      connection.repaint();
      return true;
    };
    this.#state = new StateLine(stop);
    this.#composer = new Composer((text) => connection.prompt(text));
    const root = element("div", "nbstream", { tabindex: "-1" });
    root.append(this.#log, this.#state.element, this.#composer.element);
    root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && stop()) event.stopPropagation();
    });
    el.append(root);
    this.#watch(root, connection, signal);
  }

  paint(transcript: Transcript): void {
    const now = Date.now() / 1000;
    this.#keepEnd(() => {
      for (const [index, turn] of transcript.turns.entries()) {
        const view = this.#turns[index] ?? this.#add(new TurnView(turn));
        view.paint(turn, (at) => now - transcript.skew - at);
      }
    });
    this.#state.paint(transcript, now);
    this.#composer.paint(isRunning(lastReply(transcript)?.reply));
  }

  #add(view: TurnView): TurnView {
    this.#turns.push(view);
    this.#log.append(view.element);
    return view;
  }

  /** Change the conversation, and stay at its end if the reader was there. */
  #keepEnd(change: () => void): void {
    const log = this.#log;
    this.#follow = decide(this.#follow, {
      top: log.scrollTop,
      height: log.clientHeight,
      content: log.scrollHeight,
    });
    change();
    if (!this.#follow.following) return;
    log.scrollTop = log.scrollHeight;
    this.#follow = { following: true, top: log.scrollTop };
  }

  #watch(root: HTMLElement, connection: Connection, signal: AbortSignal): void {
    const observer = new IntersectionObserver(
      (entries) => {
        this.seen = entries.at(-1)?.isIntersecting ?? false;
        if (this.seen) connection.repaint();
      },
      { rootMargin: NEAR },
    );
    observer.observe(root);
    const clock = setInterval(() => {
      if (this.seen && isRunning(lastReply(connection.transcript)?.reply)) connection.repaint();
    }, CLOCK);
    signal.addEventListener("abort", () => {
      observer.disconnect();
      clearInterval(clock);
    });
  }
}

/** The line that says how the reply stands, and the Stop button beside it. */

import { isRunning, lastReply, lengthOf, type Reply, type Transcript } from "../core/transcript.ts";
import { element, setText } from "./dom.ts";

const STATES: Readonly<Record<string, string>> = {
  idle: "Ready",
  waiting: "Waiting for Claude…",
  streaming: "Answering…",
  done: "Done",
  stopped: "Stopped",
  failed: "Failed",
};

/** Characters of English a token stands for, about: the API counts exactly only at the end. */
const CHARACTERS_A_TOKEN = 4;

export class StateLine {
  readonly element: HTMLElement;
  readonly #status = element("span", "nbstream-state", { role: "status" });
  readonly #figures = element("span", "nbstream-figures", { "aria-live": "off" });
  readonly #stop: HTMLButtonElement;
  #stopping: string | undefined;

  constructor(stop: () => void) {
    this.#stop = element(
      "button",
      "nbstream-button nbstream-stop",
      { type: "button", title: "Stop (Escape)" },
      "Stop",
    );
    this.#stop.addEventListener("click", () => stop());
    // While the text above grows the button moves, and a press that ends beside it would be no click. A finger may
    // be about to scroll; its click goes to where it began.
    this.#stop.addEventListener("pointerdown", ({ button, pointerType }) => {
      if (button === 0 && pointerType !== "touch") stop();
    });
    this.#status.append(element("span", "nbstream-state-name"), this.#figures);
    this.element = element("div", "nbstream-bar", {}, this.#status);
  }

  /** The reader's Stop is on its way. */
  stopping(turn: string): void {
    this.#stopping = turn;
  }

  paint(transcript: Transcript, now: number): void {
    const turn = lastReply(transcript);
    const running = isRunning(turn?.reply);
    const stopping = running && this.#stopping === turn?.id;
    const name = this.#status.firstElementChild as HTMLElement;
    setText(name, stopping ? "Stopping…" : (STATES[turn?.reply.status ?? "idle"] ?? ""));
    setText(this.#figures, turn ? figures(turn.reply, lengthOf(turn), now - transcript.skew) : "");
    if (running && !this.#stop.isConnected) this.element.append(this.#stop);
    if (!running) this.#stop.remove();
  }
}

function figures(reply: Reply, characters: number, now: number): string {
  const seconds = Math.max(0, Math.round((reply.ended ?? now) - reply.began));
  const counted = reply.usage.output_tokens;
  // Until the last event the API has counted only what it had sent by the first.
  const exact = reply.status === "done" && typeof counted === "number";
  const tokens = exact ? counted : Math.ceil(characters / CHARACTERS_A_TOKEN);
  return ` · ${exact ? "" : "about "}${tokens.toLocaleString("en")} tokens · ${seconds} s`;
}

/**
 * Choice between the two ways on which a page's frames reach the kernel: the control channel, which the kernel
 * reads while a cell runs, and the widget's comm, which a busy kernel reads late.
 *
 * A server may drop messages on the control channel without a word (`allowed_message_types` of Jupyter's
 * kernel managers). So the kernel's answers name the way on which a frame of the page arrived, and from then on the
 * page sends everything on that way.
 */

import type { Via } from "./protocol.ts";

const BOTH = ["control", "comm"] as const;

/** The messages that the kernel answers: of a chat, for an asset, and for the rows of a batch. */
const QUESTIONS: ReadonlySet<string> = new Set(["resync", "request_asset", "rows"]);

export class WayChoice {
  /** The best way on which a frame of this page has reached the kernel. */
  #heardVia: Via | undefined;

  /**
   * Return the ways on which to send a frame. `isRepeat` says that the frame was sent before and had no effect.
   *
   * Until the kernel has named a way, a question goes by the control channel alone, because its answer names
   * the way. Anything else goes both ways: it changes nothing if it arrives twice.
   */
  waysFor(kind: string, isRepeat: boolean): readonly Via[] {
    if (kind === "resync" && isRepeat) this.#heardVia = undefined;
    const isQuestion = QUESTIONS.has(kind);
    if (isRepeat || (this.#heardVia === undefined && !isQuestion)) return BOTH;
    return [this.#heardVia ?? "control"];
  }

  /** Note the way that the kernel's answer names. The control channel is the better one. */
  heard(via: Via): void {
    if (this.#heardVia !== "control") this.#heardVia = via;
  }
}

/**
 * The asset that continues a chat in a new kernel, `static/move.js`. A page that reaches its kernel fetches it
 * while the kernel runs, because there is no kernel to fetch it from later.
 */

import type { AnyModel } from "@anywidget/types";
import { recordsOf } from "../../core/history.ts";
import type { Transcript } from "../../core/transcript.ts";
import type { ChatState } from "../../transport/jupyter.ts";
import type { Draft } from "../../view/composer/composer.ts";
import { whenArrived } from "./arrival.ts";
import { continueInKernel } from "./continuation.ts";
import { replaceView } from "./view-replacement.ts";

/** An output that shows the chat. */
export interface ShownChat {
  readonly el: HTMLElement;
  /** Aborts when the output no longer shows the chat. */
  readonly signal: AbortSignal;
  /** Return what the user was writing in it. */
  takeDraft(): Draft;
}

/**
 * Make a chat live in the kernel that the page reaches now, and show it in the outputs that show it now. Reject
 * with a sentence for the user if that fails.
 *
 * @param onMoved Called when the kernel has the chat, before it is shown.
 */
async function move(
  model: AnyModel<ChatState>,
  transcript: Transcript,
  outputs: Iterable<ShownChat>,
  onMoved: () => void,
): Promise<void> {
  const createView = await continueInKernel(model, recordsOf(transcript), transcript.models?.chosen);
  onMoved();
  const views = [...outputs].map(async ({ el, signal, takeDraft }) => {
    const view = await createView();
    signal.addEventListener("abort", () => view.remove());
    await replaceView(el, view.el, takeDraft);
  });
  await Promise.all(views);
}

export default Object.assign(move, { whenArrived });

/** Entry point of the widget model of a comparison's message box: finds the chats and the page's code. */

import type { RenderProps } from "@anywidget/types";
import { SharedComposer } from "../view/composer/shared-composer.ts";
import type { ChatExports } from "./chat-model.ts";
import type { PageCode } from "./widget.ts";

export interface BoxState {
  /** References to each chat's model and to the model with its page's code, in the form that anywidget uses. */
  _chats: readonly (readonly [chat: string, bundle: string])[];
}

export default () => ({
  render({ model, el, signal, host }: RenderProps<BoxState>) {
    const openChat = async ([chat, bundle]: BoxState["_chats"][number]) => {
      const { exports: code } = await host.getWidget<PageCode>(bundle);
      const { exports } = await host.getWidget<ChatExports>(chat);
      return { ...exports.open(code), code };
    };
    const draw = async () => {
      const found = await Promise.allSettled(model.get("_chats").map(openChat));
      // The model of a chat that was closed is gone.
      const chats = found.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      const [first, ...others] = chats;
      if (!first || signal.aborted) return;
      const { code } = first;
      const life = AbortSignal.any([signal, code.signal]);
      new SharedComposer(el, code.createComposer, [first, ...others], life);
      code.signal.addEventListener("abort", () => setTimeout(draw), { signal });
    };
    return draw();
  },
});

/**
 * Entry point of each chat's widget model. It keeps the frames that arrive before the page's code is loaded,
 * and hands them over to that code.
 */

import type { AnyModel, InitializeProps, RenderProps } from "@anywidget/types";
import type { ChatState } from "../transport/jupyter.ts";
import type { OpenChat, PageCode } from "./widget.ts";

/**
 * How many frames are kept for a chat that is not shown. Without a limit, the whole text of the chat would be
 * kept here.
 */
const MAX_EARLY_FRAMES = 64;

/** What other models of the page can do with the chat. */
export interface ChatExports {
  /** Open the chat with the page's code, unless it is open. */
  open(pageCode: PageCode): OpenChat;
}

export default () => {
  // This is the model that `initialize` got. On the model that `render` got, anywidget would remove the
  // listeners together with the view.
  let model: AnyModel<ChatState>;
  let life: AbortSignal;
  let earlyFrames: unknown[] = [];
  let chat: OpenChat | undefined;
  // At the limit, later frames are dropped, so that there is no gap between the frames that are kept. The
  // chat requests the rest when it opens.
  const keep = (wire: unknown) => earlyFrames.length < MAX_EARLY_FRAMES && earlyFrames.push(wire);

  function open(pageCode: PageCode): OpenChat {
    if (!chat) {
      model.off("msg:custom", keep);
      chat = pageCode.open(model, earlyFrames, life);
      earlyFrames = [];
    }
    return chat;
  }

  return {
    initialize(props: InitializeProps<ChatState>): ChatExports {
      model = props.model;
      life = props.signal;
      model.on("msg:custom", keep);
      return { open };
    },
    render({ el, signal, host }: RenderProps<ChatState>) {
      const draw = async () => {
        const { exports } = await host.getWidget<PageCode>(model.get("_bundle"));
        if (signal.aborted) return;
        el.replaceChildren();
        open(exports).show(el, signal);
        // The page's code lives as long as the page. Without `{ signal }`, this listener would keep a removed
        // view and its text in memory.
        const renew = () => {
          chat = undefined;
          setTimeout(draw);
        };
        exports.signal.addEventListener("abort", renew, { signal });
      };
      return draw();
    },
  };
};

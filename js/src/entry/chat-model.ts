/** What each chat's model carries: keep what comes until the bundle is there, then hand over. */

import type { AnyModel, InitializeProps, RenderProps } from "@anywidget/types";
import type { ChatState } from "../transport/jupyter.ts";
import type { Bundle, OpenChat } from "./widget.ts";

/** Frames kept for a chat that nobody shows; without an end they would be all of its text. */
const EARLY = 64;

export default () => {
  // The model as `initialize` gets it: what listens through the one `render` gets is gone with its view.
  let model: AnyModel<ChatState>;
  let life: AbortSignal;
  let early: unknown[] = [];
  let chat: OpenChat | undefined;
  // The first ones, so that nothing lies between them; what came after them the chat asks for when it opens.
  const keep = (wire: unknown) => early.length < EARLY && early.push(wire);

  function open(bundle: Bundle): OpenChat {
    model.off("msg:custom", keep);
    const opened = bundle.open(model, early, life);
    early = [];
    return opened;
  }

  return {
    initialize(props: InitializeProps<ChatState>) {
      model = props.model;
      life = props.signal;
      model.on("msg:custom", keep);
    },
    render({ el, signal, host }: RenderProps<ChatState>) {
      const draw = async () => {
        const { exports } = await host.getWidget<Bundle>(model.get("_bundle"));
        if (signal.aborted) return;
        chat ??= open(exports);
        el.replaceChildren();
        chat.show(el, signal);
        // The bundle lives as long as the page; what listens to it past its view would keep that, text and all.
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

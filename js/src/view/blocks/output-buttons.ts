/** Buttons of structured output: they copy it in the formats in which data goes on, and show its JSON. */

import { COPY_TEXT } from "../../core/page-text.ts";
import { outputColumns } from "../../core/saved/output-columns.ts";
import type { Turn } from "../../core/transcript.ts";
import { documentsOf } from "../../core/turn-text.ts";
import { button } from "../base/button.ts";
import { copyButton } from "../base/copy.ts";
import { element, setAttribute } from "../base/dom.ts";
import type { ConvertOutput } from "../markdown/assets.ts";
import type { RenderEnvironment } from "../markdown/context.ts";
import { MarkdownText } from "../markdown/markdown-text.ts";

/**
 * Create the buttons for a turn whose answer is structured output; undefined for any other turn.
 *
 * @param content The element that shows the answer. The JSON is shown at its end.
 */
export function outputButtons(
  turn: Turn,
  content: HTMLElement,
  environment: RenderEnvironment,
): readonly HTMLElement[] | undefined {
  const block = turn.blocks.findLast(({ type }) => type === "text");
  const columns = block && outputColumns(block.data);
  if (!columns) return undefined;
  const converted = async (format: Parameters<ConvertOutput>[0]) => {
    const text = documentsOf(turn).at(-1) ?? "";
    return (await environment.assets.output())?.(format, text, columns) ?? text;
  };
  return [
    ...(["json", "csv", "markdown"] as const).map((format) => {
      const [name, title] = COPY_TEXT[format];
      return copyButton(name, title, () => converted(format), name);
    }),
    jsonToggle(content, environment, () => converted("json")),
  ];
}

/** Create the button that shows the answer as JSON below its values, and hides it again. */
function jsonToggle(
  content: HTMLElement,
  environment: RenderEnvironment,
  json: () => Promise<string>,
): HTMLElement {
  const [name, title] = COPY_TEXT.showJson;
  let shown: HTMLElement | undefined;
  const toggle = async () => {
    setAttribute(node, "aria-pressed", String(!shown));
    if (shown) {
      shown.remove();
      shown = undefined;
      return;
    }
    shown = content.appendChild(element("div", "nbstream-text nbstream-json", { "aria-live": "off" }));
    const view = new MarkdownText(shown, environment);
    view.append(`\`\`\`json\n${await json()}\n\`\`\`\n`);
    view.end();
  };
  const node = button(name, toggle, { title, "aria-pressed": "false" });
  return node;
}

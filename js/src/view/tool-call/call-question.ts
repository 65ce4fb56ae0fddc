/** Question whether a call of a tool may run, with a button for each answer of the user. */

import { TOOL_TEXT } from "../../core/page-text.ts";
import { button } from "../base/button.ts";
import { element } from "../base/dom.ts";

const ANSWERS = [
  { name: TOOL_TEXT.run, run: true, always: false, attributes: { class: "nbstream-primary" } },
  { name: TOOL_TEXT.refuse, run: false, always: false, attributes: {} },
  { name: TOOL_TEXT.alwaysRun, run: true, always: true, attributes: { title: TOOL_TEXT.alwaysRunTitle } },
] as const;

/** Create the question about the call in a line; a press of a button calls `answer`. */
export function callQuestion(line: Node, answer: (run: boolean, always: boolean) => void): HTMLElement {
  const buttons = ANSWERS.map(({ name, run, always, attributes }) =>
    button(name, () => answer(run, always), attributes),
  );
  const answers = element("div", "nbstream-call-answers", {}, ...buttons);
  return element("div", "nbstream-call-ask", {}, line, answers);
}

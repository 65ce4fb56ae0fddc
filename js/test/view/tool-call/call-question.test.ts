import { expect, test } from "vitest";
import { element } from "../../../src/view/base/dom.ts";
import { callQuestion } from "../../../src/view/tool-call/call-question.ts";

test("the question has the call's line and a button for each answer", () => {
  const answers: boolean[][] = [];
  const question = callQuestion(element("span", "", {}, "add(1, 2)"), (...answer) => answers.push(answer));
  expect(question.firstChild?.textContent).toBe("add(1, 2)");
  const buttons = [...question.querySelectorAll("button")];
  expect(buttons.map(({ textContent }) => textContent)).toEqual(["Run", "Refuse", "Always in this chat"]);
  for (const each of buttons) each.click();
  expect(answers).toEqual([
    [true, false],
    [false, false],
    [true, true],
  ]);
});

import { expect, test } from "vitest";
import { Connection } from "../../src/chat/connection.ts";
import { ChatView } from "../../src/view/chat.ts";
import { ANSWER, FakeKernel, newContainer, QUESTION, text } from "../fakes.ts";
import "../../src/entry/web.css";
import "../../src/entry/widget.css";

/** The part of each selector before `:has(`, as far back as it concerns the same element. */
function* hasAnchors(rules: Iterable<CSSRule>): Generator<string> {
  for (const rule of rules) {
    if (rule instanceof CSSStyleRule)
      for (const [, anchor] of rule.selectorText.matchAll(/([^\s>+~,(]+):has\(/g)) yield String(anchor);
    if ("cssRules" in rule) yield* hasAnchors(rule.cssRules as CSSRuleList);
  }
}

test("no rule asks with :has what stands in an element that holds an answer", async ({ signal }) => {
  const kernel = new FakeKernel();
  const connection = new Connection(kernel, [], signal);
  const el = newContainer(signal);
  connection.attach(new ChatView(el, connection, signal), signal);
  kernel.write([...QUESTION, ...ANSWER, text("Hi")]);
  const answer = "[data-role=assistant] .nbstream-text p";
  await expect.poll(() => el.querySelector(answer)?.textContent).toBe("Hi");
  const anchors = new Set([...document.styleSheets].flatMap(({ cssRules }) => [...hasAnchors(cssRules)]));
  expect(anchors).toContain(".nbstream-image");
  // Each change within such an element would make the browser compute the style of everything in it.
  for (let node = el.querySelector(answer); node; node = node.parentElement)
    expect([...anchors].filter((anchor) => node?.matches(anchor))).toEqual([]);
});

import { expect, test, vi } from "vitest";
import { Diagram } from "../../../src/view/markdown/diagram.ts";

function drawn(): HTMLElement {
  const node = document.createElement("img");
  node.alt = "drawn";
  return node;
}

test("a press shows the diagram, which is drawn once, and another one hides it", async () => {
  const draw = vi.fn(async () => drawn());
  const diagram = new Diagram(() => "graph TD", draw);
  expect([diagram.button.textContent, diagram.element.hidden]).toEqual(["Show diagram", true]);
  diagram.button.click();
  await expect.poll(() => diagram.element.querySelector("img")).not.toBeNull();
  expect([diagram.button.textContent, diagram.element.hidden]).toEqual(["Hide diagram", false]);
  expect(diagram.button.getAttribute("aria-expanded")).toBe("true");
  diagram.button.click();
  diagram.button.click();
  expect(diagram.element.childElementCount).toBe(1);
  expect(draw).toHaveBeenCalledExactlyOnceWith("graph TD");
});

test.each([
  [() => undefined, "This diagram is not drawn, because drawing it would load an address that it names."],
  [() => Promise.reject(new Error("no")), "This diagram cannot be drawn."],
])("a diagram that is not drawn says so", async (draw, sentence) => {
  const diagram = new Diagram(() => "x", draw);
  diagram.button.click();
  await expect.poll(() => diagram.element.textContent).toBe(sentence);
});

import { expect, test, vi } from "vitest";
import { button, keepFocus, stopButton } from "../../../src/view/base/button.ts";

test("a button has its name and attributes, and calls its handler", () => {
  const press = vi.fn();
  const made = button("Edit", press, { class: "nbstream-edit", title: "Change it" });
  made.click();
  expect(press).toHaveBeenCalledOnce();
  expect(made.outerHTML).toBe(
    '<button class="nbstream-button nbstream-edit" type="button" title="Change it">Edit</button>',
  );
  expect(button("×", press).className).toBe("nbstream-button");
});

test("Stop acts when the mouse is pressed, because the button may move before it is released", () => {
  const stop = vi.fn();
  const made = stopButton(stop);
  made.dispatchEvent(new PointerEvent("pointerdown", { button: 0, pointerType: "mouse" }));
  expect(stop).toHaveBeenCalledOnce();
  for (const init of [
    { button: 0, pointerType: "touch" },
    { button: 2, pointerType: "mouse" },
  ])
    made.dispatchEvent(new PointerEvent("pointerdown", init));
  expect(stop).toHaveBeenCalledOnce();
  made.click();
  expect(stop).toHaveBeenCalledTimes(2);
});

test("the focus of a button that was removed or disabled moves on, and no other focus does", () => {
  const root = document.body.appendChild(document.createElement("div"));
  const fallback = root.appendChild(document.createElement("div"));
  fallback.tabIndex = 0;
  const made = root.appendChild(button("Retry", () => {}));
  made.focus();
  keepFocus(root, made, fallback);
  expect(document.activeElement).toBe(made);
  made.disabled = true;
  keepFocus(root, made, fallback);
  expect(document.activeElement).toBe(fallback);
  const other = root.appendChild(button("Other", () => {}));
  other.focus();
  made.remove();
  keepFocus(root, made, fallback);
  expect(document.activeElement).toBe(other);
  root.remove();
});

import { expect, test, vi } from "vitest";
import { button } from "../../../src/view/base/button.ts";

test("a button has its name, what more is said of it, and does what it is for", () => {
  const press = vi.fn();
  const made = button("Edit", press, { class: "nbstream-edit", title: "Change it" });
  made.click();
  expect(press).toHaveBeenCalledOnce();
  expect(made.outerHTML).toBe(
    '<button class="nbstream-button nbstream-edit" type="button" title="Change it">Edit</button>',
  );
  expect(button("×", press).className).toBe("nbstream-button");
});

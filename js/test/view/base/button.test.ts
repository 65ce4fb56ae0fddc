import { expect, test, vi } from "vitest";
import { button } from "../../../src/view/base/button.ts";

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

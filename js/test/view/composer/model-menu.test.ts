import { afterEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { ModelMenu } from "../../../src/view/composer/model-menu.ts";

afterEach(() => document.body.replaceChildren());

const NAMES = ["claude-opus-4-8", "claude-haiku-4-5"];

test("the menu is a combobox of the name Model, and tells which name was chosen", async () => {
  const select = vi.fn();
  const menu = new ModelMenu(select);
  document.body.append(menu.element);
  menu.paint(NAMES, "claude-opus-4-8", false);
  const combobox = page.getByRole("combobox", { name: "Model" });
  await expect.element(combobox).toHaveValue("claude-opus-4-8");
  await userEvent.selectOptions(combobox, "claude-haiku-4-5");
  expect(select).toHaveBeenCalledExactlyOnceWith("claude-haiku-4-5");
  menu.paint(NAMES, "claude-haiku-4-5", true);
  expect(menu.element.disabled).toBe(true);
});

test("without models there is no menu, and a choice of another page is shown", () => {
  const menu = new ModelMenu(vi.fn());
  menu.paint([], undefined, false);
  expect(menu.element.hidden).toBe(true);
  menu.paint(NAMES, "claude-opus-4-8", false);
  const [first] = menu.element.options;
  menu.paint([...NAMES], "claude-haiku-4-5", false);
  expect(menu.element.hidden).toBe(false);
  expect(menu.element.value).toBe("claude-haiku-4-5");
  expect(menu.element.options[0]).toBe(first);
});

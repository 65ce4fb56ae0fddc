import axe from "axe-core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { userEvent } from "vitest/browser";
import type { Variables } from "../../src/core/variable-frames.ts";
import attachMenu, { MAX_ANSWER_MS, nameAt } from "../../src/lazy/variables.ts";
import { element } from "../../src/view/base/dom.ts";
import type { VariableChip, VariableMenu } from "../../src/view/composer/variable-source.ts";
import "../../src/entry/widget.css";

const TYPES: Readonly<Record<string, string>> = {
  df: "pandas.DataFrame, 3 × 2",
  df_old: "pandas.DataFrame, 1 × 2",
  total: "float",
};

let box: HTMLTextAreaElement;
let frame: HTMLElement;
let root: HTMLElement;
let menu: VariableMenu;
let chosen: VariableChip[];
let asked: string[];
let isBusy: boolean;
let more: number;

function found(text: string): Variables {
  const names = Object.keys(TYPES).filter((name) => name.startsWith(text));
  return { kind: "variables", to: "p", key: "k", names, types: names.map((name) => TYPES[name] ?? ""), more };
}

beforeEach(() => {
  [chosen, asked, isBusy, more] = [[], [], false, 0];
  box = element("textarea", "nbstream-message", { "aria-label": "Message" });
  frame = element("div", "nbstream-message-frame", {}, box);
  root = element("form", "nbstream nbstream-composer", {}, frame);
  document.body.append(root);
  menu = attachMenu({
    box,
    frame,
    list: (text) => {
      asked.push(text);
      return isBusy ? new Promise(() => {}) : Promise.resolve(found(text));
    },
    choose: (variable) => chosen.push(variable),
  });
  box.addEventListener("input", () => menu.update());
  box.addEventListener("keydown", (event) => menu.handleKey(event) && event.preventDefault());
  box.focus();
});

afterEach(() => {
  root.remove();
  vi.restoreAllMocks();
});

const combobox = () => root.querySelector<HTMLElement>("[role=combobox]");
const options = () => [...root.querySelectorAll<HTMLElement>("[role=option]")];
const names = () => options().map((option) => option.firstElementChild?.textContent);
const active = () => document.getElementById(box.getAttribute("aria-activedescendant") ?? "");

test("an @ opens the list, and typing narrows it", async () => {
  await userEvent.keyboard("Explain @");
  expect(names()).toEqual(["df", "df_old", "total"]);
  expect(combobox()?.getAttribute("aria-label")).toBe("Variables");
  expect(combobox()?.getAttribute("aria-expanded")).toBe("true");
  expect(root.querySelector("[role=listbox]")?.id).toBe(combobox()?.getAttribute("aria-controls"));
  expect(document.activeElement).toBe(box);
  await userEvent.keyboard("df");
  expect(names()).toEqual(["df", "df_old"]);
  await userEvent.keyboard("x");
  expect(combobox()).toBeNull();
  await userEvent.keyboard("{Backspace}");
  expect(names()).toEqual(["df", "df_old"]);
  expect(asked).toEqual(["", "d", "df", "dfx", "df"]);
});

test("the arrows go round, and Enter puts the name into the text and the variable to the message", async () => {
  await userEvent.keyboard("Explain @d");
  expect(active()?.textContent).toContain("df");
  await userEvent.keyboard("{ArrowUp}");
  expect(active()?.textContent).toContain("df_old");
  await userEvent.keyboard("{ArrowDown}{ArrowDown}{Enter}");
  expect(chosen).toEqual([{ name: "df_old", type: "pandas.DataFrame, 1 × 2" }]);
  expect(box.value).toBe("Explain df_old ");
  expect(combobox()).toBeNull();
  expect(box.hasAttribute("aria-activedescendant")).toBe(false);
});

test("Tab chooses too, in the middle of a text, and a space is not doubled", async () => {
  box.value = "Is  odd?";
  box.setSelectionRange(3, 3);
  await userEvent.keyboard("@to{Tab}");
  expect(box.value).toBe("Is total odd?");
  expect(box.selectionEnd).toBe("Is total".length);
  expect(document.activeElement).toBe(box);
});

test("Escape closes the list for this @, and does not reach the chat", async () => {
  const onKey = vi.fn();
  root.addEventListener("keydown", onKey);
  await userEvent.keyboard("@d");
  onKey.mockClear();
  await userEvent.keyboard("{Escape}");
  expect(onKey).not.toHaveBeenCalled();
  expect(combobox()).toBeNull();
  await userEvent.keyboard("f");
  expect(combobox()).toBeNull();
  expect(menu.handleKey(new KeyboardEvent("keydown", { key: "Enter" }))).toBe(false);
  await userEvent.keyboard(" @");
  expect(names()).toHaveLength(3);
});

test("a press on a variable chooses it and leaves the focus in the box", async () => {
  await userEvent.keyboard("@");
  await userEvent.click(options()[2] as HTMLElement);
  expect(chosen.map(({ name }) => name)).toEqual(["total"]);
  expect(document.activeElement).toBe(box);
});

test("leaving the box and moving the caret away close the list", async () => {
  await userEvent.keyboard("a @d");
  expect(combobox()).not.toBeNull();
  await userEvent.keyboard("{Home}");
  expect(combobox()).toBeNull();
  await userEvent.keyboard("{End}");
  expect(combobox()).not.toBeNull();
  box.blur();
  expect(combobox()).toBeNull();
});

test("a busy kernel shows nothing, and an answer that comes late is dropped", async () => {
  isBusy = true;
  await userEvent.keyboard("@d");
  expect(combobox()).toBeNull();
  isBusy = false;
  const now = vi
    .spyOn(performance, "now")
    .mockReturnValueOnce(0)
    .mockReturnValueOnce(MAX_ANSWER_MS + 1);
  box.value = "@df";
  menu.update();
  await Promise.resolve();
  await Promise.resolve();
  expect(combobox()).toBeNull();
  now.mockRestore();
  menu.update();
  await expect.poll(() => names()).toEqual(["df", "df_old"]);
});

test("thousands of variables are counted, and the first ones shown", async () => {
  more = 4_950;
  await userEvent.keyboard("@");
  expect(root.querySelector(".nbstream-variables-more")?.textContent).toBe(
    "4,950 more; type a part of the name",
  );
});

test("the open list has no fault that axe finds", async () => {
  await userEvent.keyboard("Explain @d");
  const { violations } = await axe.run(root, { rules: { region: { enabled: false } } });
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
});

test.each([
  ["@", 0, ""],
  ["a @d", 2, "d"],
  ["(@größe", 1, "größe"],
  ["看@df", 1, "df"],
  ["one\n@df_2", 4, "df_2"],
  ["`x` @d", 4, "d"],
  ["```\ncode\n```\n@d", 13, "d"],
])("in %j a name is typed", (text, start, name) => {
  expect(nameAt(text, text.length)).toEqual({ start, text: name });
});

test.each([
  "me@host",
  "me.too@host",
  "a@",
  "https://x/@name",
  "@@d",
  "@2",
  "@d e",
  "`@d",
  "`x` and `@d",
  "```python\n@d",
  "~~~\n@d",
  "no name",
])("in %j no name is typed", (text) => {
  expect(nameAt(text, text.length)).toBeUndefined();
});

test("within a word no name is typed", () => {
  expect(nameAt("@data", 2)).toBeUndefined();
});

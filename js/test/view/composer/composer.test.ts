import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { Composer } from "../../../src/view/composer/composer.ts";
import "../../../src/entry/widget.css";

let sent: string[];
let before: string[];
let composer: Composer;
let box: HTMLTextAreaElement;
let button: HTMLButtonElement;

beforeEach(() => {
  sent = [];
  before = [];
  composer = new Composer(
    (text) => sent.push(text),
    () => [...before, ...sent],
  );
  document.body.append(composer.element);
  box = composer.element.querySelector("textarea") as HTMLTextAreaElement;
  button = composer.element.querySelector("button[type=submit]") as HTMLButtonElement;
  box.focus();
});

afterEach(() => {
  composer.element.remove();
  vi.restoreAllMocks();
});

test("Enter sends and empties the box, Shift+Enter breaks the line", async () => {
  await userEvent.keyboard("Hello{Shift>}{Enter}{/Shift}there{Enter}");
  expect(sent).toEqual(["Hello\nthere"]);
  expect(box.value).toBe("");
});

test("Enter that ends a composition does not send", () => {
  box.value = "にほん";
  box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true }));
  // WebKit sends this Enter after the composition has ended.
  box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true }));
  expect(sent).toEqual([]);
});

test("Send sends the text of the box, unless it is blank", async () => {
  expect(button.disabled).toBe(true);
  await userEvent.keyboard("   ");
  expect(button.disabled).toBe(true);
  await userEvent.keyboard("Hi");
  button.click();
  expect(sent).toEqual(["   Hi"]);
});

test("while the composer is blocked nothing is sent and no typed text is lost", async () => {
  composer.paint(true, false);
  await userEvent.keyboard("Next{Enter}");
  expect(sent).toEqual([]);
  expect(box.value).toBe("Next");
  composer.paint(false, false);
  expect(button.disabled).toBe(false);
});

test("the box has its name, and the host's shortcuts do not reach it", () => {
  expect(box.getAttribute("aria-label")).toBe("Message");
  expect(box.dataset.lmSuppressShortcuts).toBe("true");
});

test("up in an empty box recalls the earlier messages one by one, and down goes back to the empty box", async () => {
  before = ["one", "two\r\nlines"];
  const seen: string[] = [];
  for (const key of ["Up", "Up", "Up", "Down", "Down", "Down"]) {
    await userEvent.keyboard(`{Arrow${key}}`);
    seen.push(box.value);
  }
  expect(seen).toEqual(["two\nlines", "one", "one", "two\nlines", "", ""]);
});

test("a recalled message can be edited and sent again", async () => {
  before = ["one"];
  await userEvent.keyboard("{ArrowUp}");
  expect(button.disabled).toBe(false);
  expect([box.selectionStart, box.selectionEnd]).toEqual([3, 3]);
  await userEvent.keyboard("!{Enter}");
  expect(sent).toEqual(["one!"]);
  await userEvent.keyboard("{ArrowUp}");
  expect(box.value).toBe("one!");
});

test("text that the user wrote or changed is never replaced, and up with a modifier key is left to the box", async () => {
  before = ["one", "two"];
  await userEvent.keyboard("Hi{ArrowUp}{ArrowDown}");
  expect(box.value).toBe("Hi");
  await userEvent.clear(box);
  await userEvent.keyboard("{ArrowUp}s{ArrowUp}{ArrowDown}");
  expect(box.value).toBe("twos");
  await userEvent.clear(box);
  for (const key of ["Shift", "Control", "Alt", "Meta"])
    await userEvent.keyboard(`{${key}>}{ArrowUp}{/${key}}`);
  box.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp", isComposing: true, bubbles: true }));
  expect(box.value).toBe("");
});

test("messages without text are skipped, and without any message nothing is recalled", async () => {
  await userEvent.keyboard("{ArrowUp}{ArrowDown}");
  expect(box.value).toBe("");
  before = ["one", " "];
  await userEvent.keyboard("{ArrowUp}");
  expect(box.value).toBe("one");
});

test.each([true, false])(
  "the box grows with its text and shrinks again (field-sizing: %s)",
  async (sizing) => {
    if (!sizing) {
      vi.spyOn(CSS, "supports").mockReturnValue(false);
      box.style.setProperty("field-sizing", "fixed");
    }
    composer.element.classList.add("nbstream");
    const heights = [box.offsetHeight];
    await userEvent.keyboard("a{Shift>}{Enter}{Enter}{Enter}{/Shift}b");
    heights.push(box.offsetHeight);
    expect(box.scrollHeight).toBeLessThanOrEqual(box.clientHeight);
    await userEvent.keyboard("{Enter}");
    heights.push(box.offsetHeight);
    before = ["line\n".repeat(100)];
    await userEvent.keyboard("{ArrowUp}{ArrowUp}");
    heights.push(box.offsetHeight);
    const [small = 0, four = 0, , most = 0] = heights;
    expect(four).toBeGreaterThan(small * 2);
    expect(heights[2]).toBe(small);
    expect(most).toBeLessThan(300);
    expect(most).toBeGreaterThan(four);
  },
);

test("a host that undoes line breaks, as JupyterLab does in its cells, does not affect the box", async () => {
  box.addEventListener("beforeinput", (event) => event.preventDefault());
  await userEvent.keyboard("a{Shift>}{Enter}{/Shift}b");
  expect(box.value).toBe("a\nb");
});

/** Make the data of a paste or drag event. */
function transfer(texts: Record<string, string>, ...files: File[]): DataTransfer {
  const data = new DataTransfer();
  for (const [type, text] of Object.entries(texts)) data.setData(type, text);
  for (const file of files) data.items.add(file);
  return data;
}

const FILE = new File(["a"], "a.txt");

test.each([
  ["files", transfer({}, FILE), true],
  ["an image from a page", transfer({ "text/html": "<img>" }, FILE), true],
  ["a file from the desktop", transfer({ "text/plain": "a.txt" }, FILE), true],
  ["cells of a spreadsheet", transfer({ "text/html": "<td>1", "text/plain": "1" }, FILE), false],
  ["text", transfer({ "text/plain": "1" }), false],
])("pasting %s", async (_, clipboardData, isAttached) => {
  const host = vi.fn();
  document.body.addEventListener("paste", host, { once: true });
  const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
  box.dispatchEvent(event);
  document.body.removeEventListener("paste", host);
  expect([event.defaultPrevented, host.mock.calls.length]).toEqual([isAttached, isAttached ? 0 : 1]);
  await expect.poll(() => composer.element.querySelectorAll("li").length).toBe(isAttached ? 1 : 0);
});

test("dropped files are attached, and neither the page nor its host opens them", async () => {
  const area = document.createElement("div");
  document.body.append(area);
  area.append(composer.element);
  composer.acceptDrops(area);
  const host = vi.fn();
  for (const kind of ["dragover", "drop"]) document.body.addEventListener(kind, host);
  const drag = (kind: string, dataTransfer: DataTransfer) => {
    const event = new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true });
    area.dispatchEvent(event);
    return event.defaultPrevented;
  };
  const dropping = () => area.classList.contains("nbstream-dropping");
  expect([drag("dragover", transfer({}, FILE)), dropping()]).toEqual([true, true]);
  expect([drag("dragleave", transfer({}, FILE)), dropping()]).toEqual([false, false]);
  drag("dragover", transfer({}, FILE));
  expect([drag("drop", transfer({}, FILE)), dropping()]).toEqual([true, false]);
  expect(host).not.toHaveBeenCalled();
  await expect.poll(() => composer.element.querySelectorAll("li").length).toBe(1);
  // Dragged text is left to the browser.
  expect([drag("dragover", transfer({ "text/plain": "x" })), dropping()]).toEqual([false, false]);
  expect(host).toHaveBeenCalledOnce();
  for (const kind of ["dragover", "drop"]) document.body.removeEventListener(kind, host);
  area.remove();
});

test("nothing is sent while a file is read, and files without text can be sent", async () => {
  box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer({}, FILE) }));
  box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
  await expect.poll(() => button.disabled).toBe(false);
  expect(sent).toEqual([]);
  await userEvent.keyboard("{Enter}");
  expect(sent).toEqual([""]);
});

test("restored text stands below the text in the box", () => {
  composer.restore("one", []);
  composer.restore("two", ["Attach x.png again."]);
  expect(box.value).toBe("one\n\ntwo");
  expect(composer.element.querySelector("[role=alert]")?.textContent).toContain("x.png");
});

test("an empty box names the model that answers, unless a menu does", () => {
  composer.paintModels(["claude-opus-4-8", "claude-haiku-4-5"], "claude-opus-4-8", false);
  expect(box.placeholder).toBe("Message");
  composer.paintModels([], "claude-haiku-4-5", false);
  expect(box.placeholder).toBe("Message claude-haiku-4-5");
  expect(box.getAttribute("aria-label")).toBe("Message");
});

test("the first letter does not change the height of a box in which the words of the empty box find no room", () => {
  composer.element.style.width = "180px";
  composer.paintModels([], "a-model-of-a-gateway-with-a-very-long-name", false);
  const { height } = box.getBoundingClientRect();
  composer.restore("x", []);
  expect(box.getBoundingClientRect().height).toBe(height);
});

test("on a narrow page the menu of models leaves the box its room", () => {
  composer.element.style.width = "360px";
  composer.paintModels(["claude-opus-4-8", "claude-haiku-4-5"], "claude-opus-4-8", false);
  expect(box.getBoundingClientRect().width).toBeGreaterThan(200);
  expect(composer.element.scrollWidth).toBeLessThanOrEqual(360);
});

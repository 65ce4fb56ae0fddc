import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { Composer } from "../../src/view/composer.ts";
import "../../src/widget.css";

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
  button = composer.element.querySelector("button") as HTMLButtonElement;
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
  // WebKit's, which comes when the composition is over.
  box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true }));
  expect(sent).toEqual([]);
});

test("the button sends what stands in the box, and nothing blank", async () => {
  expect(button.disabled).toBe(true);
  await userEvent.keyboard("   ");
  expect(button.disabled).toBe(true);
  await userEvent.keyboard("Hi");
  button.click();
  expect(sent).toEqual(["   Hi"]);
});

test("while a reply runs nothing is sent and nothing typed is lost", async () => {
  composer.paint(true);
  await userEvent.keyboard("Next{Enter}");
  expect(sent).toEqual([]);
  expect(box.value).toBe("Next");
  composer.paint(false);
  expect(button.disabled).toBe(false);
});

test("the box has its name, and the host's shortcuts leave it alone", () => {
  expect(box.getAttribute("aria-label")).toBe("Message");
  expect(box.dataset.lmSuppressShortcuts).toBe("true");
});

test("up in an empty box brings back the last message, and the one before; down comes forward to nothing", async () => {
  before = ["one", "two\r\nlines"];
  const seen: string[] = [];
  for (const key of ["Up", "Up", "Up", "Down", "Down", "Down"]) {
    await userEvent.keyboard(`{Arrow${key}}`);
    seen.push(box.value);
  }
  expect(seen).toEqual(["two\nlines", "one", "one", "two\nlines", "", ""]);
});

test("what is brought back can be sent again, and changed before", async () => {
  before = ["one"];
  await userEvent.keyboard("{ArrowUp}");
  expect(button.disabled).toBe(false);
  expect([box.selectionStart, box.selectionEnd]).toEqual([3, 3]);
  await userEvent.keyboard("!{Enter}");
  expect(sent).toEqual(["one!"]);
  await userEvent.keyboard("{ArrowUp}");
  expect(box.value).toBe("one!");
});

test("what the reader wrote or changed is never replaced, and with another key up is the box's own", async () => {
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

test("a message without words is passed over, and without any there is nothing to bring back", async () => {
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

test("a host that takes line breaks back, as JupyterLab does in its cells, does not get at the box's", async () => {
  box.addEventListener("beforeinput", (event) => event.preventDefault());
  await userEvent.keyboard("a{Shift>}{Enter}{/Shift}b");
  expect(box.value).toBe("a\nb");
});

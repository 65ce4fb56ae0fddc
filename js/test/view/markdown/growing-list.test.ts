import { expect, test } from "vitest";
import { type ChildView, GrowingList } from "../../../src/view/markdown/growing-list.ts";
import { seeded } from "../../core/random.ts";
import { animationFrames } from "../../fakes.ts";

class WordView implements ChildView<string> {
  readonly node = document.createElement("b");
  finals = 0;
  canShow(word: string): boolean {
    return word[0] === this.node.textContent?.[0] || this.node.textContent === "";
  }
  sync(word: string, final: boolean): void {
    if (this.finals) throw new Error("a final part was shown again");
    this.node.textContent = word;
    if (final) this.finals += 1;
  }
}

test("when children grow, change and vanish at the end, they stay in order and final ones keep their nodes", () => {
  for (let seed = 0; seed < 40; seed++) {
    const random = seeded(seed);
    const host = document.createElement("div");
    const grown = new GrowingList<string>({ childrenPerBox: 4, host, createView: () => new WordView() });
    let words: string[] = [];
    let settled = 0;
    let kept: Element[] = [];
    for (let step = 0; step < 90; step++) {
      words = words.slice(0, settled + Math.floor(random() * (words.length - settled + 1)));
      const more = Math.floor(random() * 9);
      for (let i = 0; i < more; i++)
        words.push(String.fromCharCode(97 + Math.floor(random() * 3)) + words.length);
      settled += Math.floor(random() * (words.length - settled + 1));
      grown.sync(words, settled);
      const nodes = [...host.querySelectorAll("b")];
      expect(nodes.map((node) => node.textContent)).toEqual(words);
      expect(nodes.slice(0, kept.length)).toEqual(kept);
      expect(kept.every((node, index) => node === nodes[index])).toBe(true);
      kept = nodes.slice(0, settled);
      const full = [...host.querySelectorAll(".nbstream-box:has(> b)")].map((box) => box.childElementCount);
      expect(Math.max(0, ...full)).toBeLessThan(5);
      const boxes = Math.max(0, Math.ceil(words.length / 4) - 1);
      expect(host.querySelectorAll(".nbstream-box:has(> b)").length).toBe(boxes);
      expect(host.querySelectorAll(".nbstream-box").length).toBe(
        boxes + Math.max(0, Math.ceil(boxes / 16) - 1),
      );
    }
  }
});

test("a removed view is disposed", () => {
  const dropped: string[] = [];
  const createView = (part: string) => ({
    node: document.createElement("i"),
    canShow: () => false,
    sync() {},
    dispose: () => void dropped.push(part),
  });
  const grown = new GrowingList<string>({
    childrenPerBox: 4,
    host: document.createElement("div"),
    createView,
  });
  grown.sync(["a", "b"], 0);
  grown.sync(["c"], 0);
  expect(dropped).toEqual(["a", "b"]);
});

test("boxes begin with flush children, and are past once two boxes follow", () => {
  const host = document.createElement("div");
  const isFlush = (word: string) => !word.startsWith("h");
  const createView = () => new WordView();
  const grown = new GrowingList<string>({
    childrenPerBox: 2,
    host,
    createView,
    skipping: { isFlush, isOpening: () => true },
  });
  const words = [..."aahbbhhchhhdheeffgg"];
  const boxes = () => [...host.querySelectorAll(".nbstream-flush")].map((box) => box.textContent);
  const past = () => [...host.querySelectorAll(".nbstream-past")].map((box) => box.textContent);
  grown.sync(words, 14);
  expect(boxes()).toEqual(["bbhh", "chhh", "dh", "ee", "ff", "gg"]);
  expect(past()).toEqual(["bbhh", "chhh"]);
  grown.sync(words, 19);
  expect(past()).toEqual(["bbhh", "chhh", "dh", "ee"]);
});

test("while a reply grows, a box is past only in a later frame than the one that has laid it out", async () => {
  const host = document.createElement("div");
  let isOpening = false;
  const skipping = { isFlush: () => true, isOpening: () => isOpening };
  const createView = () => new WordView();
  const grown = new GrowingList<string>({ childrenPerBox: 1, host, createView, skipping });
  const past = () => host.querySelectorAll(".nbstream-past").length;
  const words = ["a", "b", "c", "d", "e", "f"];
  grown.sync(words.slice(0, 5), 5);
  grown.sync(words, 6);
  expect(past()).toBe(0);
  await animationFrames(2);
  grown.sync(words, 6);
  expect(past()).toBe(3);
  isOpening = true;
  grown.sync([...words, "g"], 7);
  expect(past()).toBe(4);
});

test("a box that begins with a margin is not flush, and neither is the one before it", () => {
  const host = document.createElement("div");
  const skipping = { isFlush: (word: string) => word !== "h", isOpening: () => true };
  const createView = () => new WordView();
  const grown = new GrowingList<string>({ childrenPerBox: 1, host, createView, skipping });
  grown.sync([..."abhhcde"], 7);
  const shown = [...host.querySelectorAll(".nbstream-box:has(> b)")].map(
    (box) => box.textContent + (box.classList.contains("nbstream-flush") ? " flush" : ""),
  );
  expect(shown).toEqual(["bh", "h", "c flush", "d flush", "e flush"]);
});

test("an open child that changes its kind stands in the box that it would have begun", () => {
  const skipping = { isFlush: (word: string) => word !== "h", isOpening: () => true };
  const createView = () => new WordView();
  const shown = (...steps: string[]) => {
    const host = document.createElement("div");
    const grown = new GrowingList<string>({ childrenPerBox: 2, host, createView, skipping });
    for (const words of steps) grown.sync([...words], 2);
    return host.innerHTML;
  };
  expect(shown("aab", "aah", "aahc")).toBe(shown("aahc"));
  expect(shown("aah", "aab", "aabc")).toBe(shown("aabc"));
});

import { expect, test, vi } from "vitest";
import { type ChildView, GrowingList, type Skipping } from "../../../src/view/markdown/growing-list.ts";
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

const WORDS = [..."abchdefhhgijklmnopqrstuvwhxyzabchdefggij"];

/** Make a list of boxes of one child, as in a reply that grows until it is opened like a finished one. */
function growingReply(sharedMarginEm: Skipping<string>["sharedMarginEm"] = () => 0) {
  const host = document.createElement("div");
  let isOpening = false;
  const skipping = { sharedMarginEm, isOpening: () => isOpening };
  const createView = () => new WordView();
  const grown = new GrowingList<string>({ childrenPerBox: 1, host, createView, skipping });
  const past = () => [...host.querySelectorAll(".nbstream-past")].map((box) => box.textContent);
  const open = () => {
    isOpening = true;
  };
  return { host, grown, past, open };
}

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
  const sharedMarginEm = (word: string) => (word.startsWith("h") ? undefined : 0);
  const createView = () => new WordView();
  const grown = new GrowingList<string>({
    childrenPerBox: 2,
    host,
    createView,
    skipping: { sharedMarginEm, isOpening: () => true },
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

test("while a reply grows, a box that was laid out is past only in a later frame than its last layout", async () => {
  const { grown, past, open } = growingReply();
  const words = [..."abcdef"];
  grown.sync(words.slice(0, 5), 0);
  await animationFrames(2);
  grown.sync(words, 6);
  expect(past()).toEqual([]);
  await animationFrames(2);
  grown.sync(words, 6);
  expect(past()).toEqual(["b", "c", "d"]);
  open();
  grown.sync([...words, "g"], 7);
  expect(past()).toEqual(["b", "c", "d", "e"]);
});

test("a box whose children all come in one update is past at once, because it was never laid out", async () => {
  const { grown, past } = growingReply();
  grown.sync([..."ab"], 1);
  await animationFrames(2);
  grown.sync([..."abcd"], 3);
  grown.sync([..."abcdefg"], 7);
  expect(past()).toEqual(["c", "d", "e"]);
  await animationFrames(2);
  grown.sync([..."abcdefg"], 7);
  expect(past()).toEqual(["b", "c", "d", "e"]);
});

type Reply = ReturnType<typeof growingReply>;

/** Show words in random updates and frames, 200 times; return the different HTML in the end. */
function shownInAnyOrder(update: (reply: Reply, words: string[], random: () => number) => void): Set<string> {
  let frame = 0;
  const clock = vi.spyOn(document.timeline, "currentTime", "get").mockImplementation(() => frame);
  const shown = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    const random = seeded(seed);
    const reply = growingReply((word) => (word === "h" ? undefined : word > "p" ? 1 : 0));
    document.body.replaceChildren(reply.host);
    for (let count = 0; count < 40; ) {
      count = Math.min(40, count + Math.floor(random() * 9));
      update(reply, WORDS.slice(0, count), random);
      if (random() < 0.5) frame += 1;
    }
    for (const _ of [1, 2]) {
      frame += 1;
      reply.grown.sync(WORDS, 40);
    }
    shown.add(reply.host.innerHTML);
  }
  clock.mockRestore();
  document.body.replaceChildren();
  return shown;
}

test("any order of updates and frames gives the same boxes, and in the end skips the same ones", () => {
  const shown = shownInAnyOrder(({ grown }, words, random) =>
    grown.sync(words, Math.floor(words.length * random())),
  );
  expect(shown.size).toBe(1);
});

test("children are prepared outside of the page, and any order of this, updates and frames gives the same boxes", () => {
  const shown = shownInAnyOrder(({ grown, host }, words, random) => {
    const before = host.innerHTML;
    if (random() < 0.4) grown.sync(words, Math.floor(words.length * random()));
    else {
      expect(grown.prepare(words, () => true)).toBe(host.textContent.length < words.length);
      expect(host.innerHTML).toBe(before);
    }
  });
  expect(shown).toEqual(shownInAnyOrder(({ grown }, words) => grown.sync(words, 0)));
});

test("a box that begins with a margin is not flush, and neither is the one before it", () => {
  const host = document.createElement("div");
  const skipping = {
    sharedMarginEm: (word: string) => (word === "h" ? undefined : 0),
    isOpening: () => true,
  } as const;
  const createView = () => new WordView();
  const grown = new GrowingList<string>({ childrenPerBox: 1, host, createView, skipping });
  grown.sync([..."abhhcde"], 7);
  const shown = [...host.querySelectorAll(".nbstream-box:has(> b)")].map(
    (box) => box.textContent + (box.classList.contains("nbstream-flush") ? " flush" : ""),
  );
  expect(shown).toEqual(["bh", "h", "c flush", "d flush", "e flush"]);
});

test("an open child that changes its kind stands in the box that it would have begun", () => {
  const skipping = {
    sharedMarginEm: (word: string) => (word === "h" ? undefined : 0),
    isOpening: () => true,
  } as const;
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

test("prepared children that change or vanish before they are shown leave nothing behind", () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = seeded(seed);
    const host = document.createElement("div");
    document.body.replaceChildren(host);
    const grown = new GrowingList<string>({ childrenPerBox: 2, host, createView: () => new WordView() });
    const words = () =>
      Array.from(
        { length: Math.floor(random() * 90) },
        (_, i) => "xyz"[Math.floor(random() * 3)] + String(i),
      );
    for (let step = 0; step < 9; step++) {
      grown.prepare(words(), () => true);
      grown.prepare(words(), () => true);
      const last = words();
      grown.sync(last, 0);
      expect([...host.querySelectorAll("b")].map((node) => node.textContent)).toEqual(last);
      expect(host.querySelectorAll(".nbstream-box:empty")).toHaveLength(0);
    }
  }
  document.body.replaceChildren();
});

test("boxes that were prepared are past as soon as they are shown, because they were never laid out", async () => {
  const { host, grown, past } = growingReply();
  document.body.replaceChildren(host);
  grown.sync([..."ab"], 1);
  grown.prepare([..."abcd"], () => true);
  await animationFrames(2);
  grown.prepare([..."abcdefg"], () => true);
  expect(past()).toEqual([]);
  await animationFrames(2);
  grown.sync([..."abcdefg"], 7);
  expect(past()).toEqual(["c", "d", "e"]);
  document.body.replaceChildren();
});

test("nothing is prepared from the first child on that can be made only on the page", () => {
  const { host, grown } = growingReply();
  document.body.replaceChildren(host);
  const created: string[] = [];
  const isFree = (word: string) => {
    created.push(word);
    return word !== "c";
  };
  grown.sync(["c"], 0);
  expect(grown.prepare([..."c"], isFree)).toBe(false);
  expect(grown.prepare([..."cab"], isFree)).toBe(true);
  expect(grown.prepare([..."cabcd"], isFree)).toBe(false);
  expect(created.join("")).toBe("ababc");
  expect(host.textContent).toBe("c");
  document.body.replaceChildren();
});

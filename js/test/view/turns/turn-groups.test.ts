import { beforeEach, expect, test } from "vitest";
import { cdp } from "vitest/browser";
import { TURNS_PER_GROUP, TurnGroups } from "../../../src/view/turns/turn-groups.ts";
import "../../../src/entry/widget.css";

let log: HTMLElement;
let groups: TurnGroups;

beforeEach(() => {
  const root = document.createElement("div");
  root.className = "nbstream";
  log = document.createElement("div");
  log.className = "nbstream-log nbstream-away";
  root.append(log);
  document.body.replaceChildren(root);
  groups = new TurnGroups(log);
});

function turn(name: string): HTMLElement {
  const article = document.createElement("article");
  article.className = "nbstream-turn";
  article.dataset.role = "assistant";
  article.append(`${name} is the name of this turn.`);
  return article;
}

function sizes(): number[] {
  return [...log.children].map((group) => group.childElementCount);
}

function names(): (string | undefined)[] {
  return [...log.querySelectorAll("article")].map(({ textContent }) => textContent?.split(" ")[0]);
}

/** Fill the log with groups, and wait until the browser has seen which ones are in sight. */
async function fill(count: number): Promise<HTMLElement[]> {
  const turns = Array.from({ length: count }, (_, index) => turn(`t${index}`));
  for (const each of turns) groups.append(each);
  log.scrollTop = log.scrollHeight;
  for (let n = 0; n < 3; n++)
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  return turns;
}

function isSkipped(element: Element): boolean {
  return !element.checkVisibility({ contentVisibilityAuto: true });
}

test("turns keep their order at both ends, in groups of limited size", () => {
  for (const name of ["c", "d"]) groups.append(turn(name));
  for (const name of ["b", "a"]) groups.prepend(turn(name));
  expect(names()).toEqual(["a", "b", "c", "d"]);
  for (let n = 0; n < TURNS_PER_GROUP; n++) groups.prepend(turn(`p${n}`));
  for (let n = 0; n < TURNS_PER_GROUP; n++) groups.append(turn(`q${n}`));
  expect(sizes()).toEqual([4, TURNS_PER_GROUP, TURNS_PER_GROUP]);
  expect(names().slice(0, 2)).toEqual([`p${TURNS_PER_GROUP - 1}`, `p${TURNS_PER_GROUP - 2}`]);
  expect(names().at(-1)).toBe(`q${TURNS_PER_GROUP - 1}`);
});

test("a group without turns leaves the page, and a turn that is not on the page is left alone", () => {
  const turns = Array.from({ length: TURNS_PER_GROUP + 1 }, (_, index) => turn(`t${index}`));
  for (const each of turns) groups.append(each);
  groups.remove(turns.at(-1) as HTMLElement);
  groups.remove(turn("elsewhere"));
  expect(sizes()).toEqual([TURNS_PER_GROUP]);
  groups.remove(turns[0] as HTMLElement);
  expect(names()[0]).toBe("t1");
});

test("groups out of sight are not laid out, but their text is found, selected and printed", async () => {
  const turns = await fill(12 * TURNS_PER_GROUP);
  const [first, last] = [turns[0] as HTMLElement, turns.at(-1) as HTMLElement];
  expect([isSkipped(first), isSkipped(last)]).toEqual([true, false]);
  getSelection()?.selectAllChildren(log);
  expect(getSelection()?.toString()).toContain("t0 is the name");
  getSelection()?.removeAllRanges();
  expect((window as unknown as { find: (text: string) => boolean }).find("t3 is the name")).toBe(true);
  expect(getSelection()?.anchorNode?.parentElement).toBe(turns[3]);
  const browser = cdp() as unknown as { send: (method: string, options: object) => Promise<void> };
  await browser.send("Emulation.setEmulatedMedia", { media: "print" });
  expect(isSkipped(first)).toBe(false);
  await browser.send("Emulation.setEmulatedMedia", { media: "" });
});

test("the content in sight stays there while groups above it get their real heights", async () => {
  const turns = await fill(12 * TURNS_PER_GROUP);
  for (let index = turns.length - 1; index >= 0; index -= 12) {
    const seen = turns[index] as HTMLElement;
    seen.scrollIntoView({ block: "center" });
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    const stood = seen.getBoundingClientRect().top;
    for (let n = 0; n < 2; n++)
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    expect(Math.abs(seen.getBoundingClientRect().top - stood)).toBeLessThan(2);
  }
});

test("a group that is full keeps its height when the next one begins, also in the same task", () => {
  const heights = () => [...log.children].map((group) => group.getBoundingClientRect().height);
  for (let n = 0; n < TURNS_PER_GROUP; n++) groups.append(turn(`t${n}`));
  const [before] = heights();
  groups.append(turn("next"));
  expect(heights()[0]).toBe(before);
  expect(log.children[0]?.classList.contains("nbstream-past")).toBe(true);
  groups.remove(log.lastElementChild?.firstElementChild as HTMLElement);
  expect(log.children[0]?.classList.contains("nbstream-past")).toBe(false);
});

test("turns stand as far from each other as without groups", () => {
  const turns = Array.from({ length: 2 * TURNS_PER_GROUP + 2 }, (_, index) => {
    const each = turn(`t${index}`);
    each.dataset.role = index % 4 < 2 ? "user" : "assistant";
    return each;
  });
  for (const each of turns) groups.append(each);
  const inGroups = turns.map((each) => each.getBoundingClientRect().top);
  log.replaceChildren(...turns);
  const alone = turns.map((each) => each.getBoundingClientRect().top);
  const gaps = (tops: number[]) => tops.slice(1).map((top, index) => Math.round(top - (tops[index] ?? 0)));
  expect(gaps(inGroups)).toEqual(gaps(alone));
});

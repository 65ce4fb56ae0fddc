import { expect, test } from "vitest";
import { newBlock, newTurn, type Turn } from "../../../src/core/transcript.ts";
import {
  citedSourceList,
  collectCitedSources,
  sourceList,
  sourceNumber,
} from "../../../src/view/blocks/sources.ts";

function citing(...citations: unknown[][]): Turn {
  const turn = newTurn("t1", "assistant");
  turn.blocks = citations.map((one) => newBlock("text", 0, { citations: one }));
  return turn;
}

function items(of: Element | undefined): (string | null)[] {
  return [...(of?.querySelectorAll("li") ?? [])].map((item) => item.textContent);
}

test("a source is a link with its host beside it", () => {
  const found = sourceList([
    { title: "Grass", url: "https://a.example/g?x=1", age: "2 days ago" },
    { title: "Only a title", page: 3 },
    { url: "https://b.example/" },
    {},
  ]);
  expect(items(found)).toEqual([
    "Grass a.example · 2 days ago",
    "Only a title · page 3",
    "https://b.example/ b.example",
    "A source without a title",
  ]);
  // On a page from right to left, the number keeps its place before its unit.
  expect(found.querySelector("li > bdi")?.textContent).toBe("2 days ago");
  const link = found.querySelector("a");
  expect(link?.href).toBe("https://a.example/g?x=1");
  expect([link?.target, link?.rel]).toEqual(["_blank", "noopener noreferrer"]);
});

test("the host of a source stands beside its title, whatever the title says", () => {
  const list = sourceList([{ title: "paypal.com", url: "https://evil.example/" }]);
  expect(list.querySelector("a")?.textContent).toBe("paypal.com");
  expect(list.querySelector(".nbstream-host")?.textContent).toBe("evil.example");
});

test("a source with an unsafe address is text", () => {
  for (const url of [
    "javascript:alert(1)",
    "data:text/html,x",
    "//evil.example",
    "file:///etc/passwd",
    7,
    {},
  ]) {
    const found = sourceList([{ title: "T", url }]);
    expect(found.querySelector("a[href]")).toBeNull();
    expect(found.textContent).toBe("T");
  }
});

test("each source stands once, in the order of the text, with the passages that were cited", () => {
  const a = { title: "A", url: "https://a.example/" };
  const cited = [
    [{ ...a, cited: "Grass is green." }],
    [{ title: "B", cited: "Sky." }, a],
    [{ ...a, cited: " And wet. " }],
  ];
  const sources = collectCitedSources(citing(...cited));
  expect([a, { title: "B" }, {}].map((one) => sourceNumber(sources, one))).toEqual([1, 2, 0]);
  const made = citedSourceList(sources);
  expect(made.getAttribute("aria-label")).toBe("Sources");
  expect(items(made)).toEqual(["A a.exampleGrass is green.And wet.", "BSky."]);
});

test("without valid citations there is no list", () => {
  for (const odd of [undefined, null, 7, "x", {}, [], [null, 1, "x"]]) {
    const turn = citing([]);
    turn.blocks = [newBlock("text", 0, { citations: odd })];
    expect(collectCitedSources(turn).size).toBe(0);
  }
});

test("a thousand citations make a list of bounded length", () => {
  const many = Array.from({ length: 1_000 }, (_, i) => ({ title: "A", cited: `${i} ${"x".repeat(10_000)}` }));
  expect(citedSourceList(collectCitedSources(citing(many))).textContent.length).toBeLessThan(2_000);
});

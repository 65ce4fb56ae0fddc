import { expect, test } from "vitest";
import { CORPORA } from "./corpora.ts";
import { atRandom, byCharacter, whole } from "./feed.ts";
import { PATIENCE, PROSE, ROUNDS, scrap } from "./scraps.ts";
import { Watch } from "./watch.ts";

const SIZE = 8000;

for (const [name, make] of Object.entries(CORPORA)) {
  test(`${name}: any cut of the text gives the tree that the whole gives`, () => {
    const text = make(SIZE);
    const expected = whole(text).root;
    expect(byCharacter(text).root).toEqual(expected);
    for (let seed = 0; seed < 4; seed++) expect(atRandom(text, seed).root).toEqual(expected);
  });

  test(`${name}: what is settled is final`, () => {
    const text = make(SIZE);
    const watch = new Watch();
    watch.check(byCharacter(text, (markdown) => watch.look(markdown)));
  });
}

function holds(text: string, seed: number): void {
  const expected = whole(text).root;
  const watch = new Watch();
  const look = watch.look.bind(watch);
  const streamed = seed % 2 ? byCharacter(text, look) : atRandom(text, seed, look);
  expect(streamed.root, JSON.stringify(text)).toEqual(expected);
  watch.check(streamed);
}

test(
  "any cut of a text made of scraps gives the tree that the whole gives, and what settles is final",
  () => {
    for (let seed = 0; seed < 1000 * ROUNDS; seed++) holds(scrap(seed), seed);
  },
  PATIENCE,
);

test(
  "so it is with paragraphs that settle in part",
  () => {
    for (let seed = 0; seed < 100 * ROUNDS; seed++) holds(scrap(seed, PROSE, 300), seed);
  },
  PATIENCE,
);

test("everything is settled in the end", () => {
  const { root } = whole(CORPORA.mixed?.(SIZE) ?? "");
  const open = JSON.stringify(root, (_, value) => {
    if (value?.settled === undefined) return value;
    const parts = value.children ?? value.inlines ?? value.lines ?? value.rows;
    return { ...value, final: value.settled === parts.length };
  });
  expect(open).not.toContain('"final":false');
  expect(open).not.toContain('"open":true');
});

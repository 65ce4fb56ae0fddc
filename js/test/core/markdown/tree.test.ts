import { expect, test } from "vitest";
import { CORPORA } from "./corpora.ts";
import { atRandom, byCharacter, whole } from "./feed.ts";
import { scrap } from "./scraps.ts";
import { Watch } from "./watch.ts";

const SIZE = 12_000;

for (const [name, make] of Object.entries(CORPORA)) {
  test(`${name}: any cut of the text gives the tree that the whole gives`, () => {
    const text = make(SIZE);
    const expected = whole(text).root;
    expect(byCharacter(text).root).toEqual(expected);
    for (let seed = 0; seed < 10; seed++) expect(atRandom(text, seed).root).toEqual(expected);
  });

  test(`${name}: what is settled is final`, () => {
    const text = make(SIZE);
    const watch = new Watch();
    watch.check(byCharacter(text, (markdown) => watch.look(markdown)));
  });
}

test("any cut of a text made of scraps gives the tree that the whole gives, and settled parts are final", () => {
  for (let seed = 0; seed < 3000; seed++) {
    const text = scrap(seed);
    const expected = whole(text).root;
    const watch = new Watch();
    const look = watch.look.bind(watch);
    const streamed = seed % 2 ? byCharacter(text, look) : atRandom(text, seed, look);
    expect(streamed.root, JSON.stringify(text)).toEqual(expected);
    watch.check(streamed);
  }
});

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

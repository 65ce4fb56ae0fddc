import { expect, test } from "vitest";
import { CORPORA } from "./corpora.ts";
import { atRandom, byCharacter, whole } from "./feed.ts";
import { PROSE, ROUNDS, scrap, TEST_TIMEOUT_MS } from "./scraps.ts";
import { Watch } from "./watch.ts";

const SIZE_CHARS = 8_000;

for (const [name, make] of Object.entries(CORPORA)) {
  test(`${name}: a text cut into any pieces gives the same tree as the whole`, () => {
    const text = make(SIZE_CHARS);
    const expected = whole(text).root;
    expect(byCharacter(text).root).toEqual(expected);
    for (let seed = 0; seed < 4; seed++) expect(atRandom(text, seed).root).toEqual(expected);
  });

  test(`${name}: settled parts are final`, () => {
    const text = make(SIZE_CHARS);
    const watch = new Watch();
    watch.check(byCharacter(text, (markdown) => watch.record(markdown)));
  });
}

function checkCuts(text: string, seed: number): void {
  const expected = whole(text).root;
  const watch = new Watch();
  const record = watch.record.bind(watch);
  const streamed = seed % 2 ? byCharacter(text, record) : atRandom(text, seed, record);
  expect(streamed.root, JSON.stringify(text)).toEqual(expected);
  watch.check(streamed);
}

test(
  "a text made of scraps gives the same tree however it is cut, and its settled parts are final",
  () => {
    for (let seed = 0; seed < 1000 * ROUNDS; seed++) checkCuts(scrap(seed), seed);
  },
  TEST_TIMEOUT_MS,
);

test(
  "the same holds for paragraphs that settle in part",
  () => {
    for (let seed = 0; seed < 100 * ROUNDS; seed++) checkCuts(scrap(seed, PROSE, 300), seed);
  },
  TEST_TIMEOUT_MS,
);

test("everything is settled at the end", () => {
  const { root } = whole(CORPORA.mixed?.(SIZE_CHARS) ?? "");
  const open = JSON.stringify(root, (_, value) => {
    if (value?.settled === undefined) return value;
    const parts = value.children ?? value.inlines ?? value.lines ?? value.rows;
    return { ...value, final: value.settled === parts.length };
  });
  expect(open).not.toContain('"final":false');
  expect(open).not.toContain('"open":true');
});

import { expect, test } from "vitest";
import { Journal } from "../../../src/core/markdown/journal.ts";
import { Leaf } from "../../../src/core/markdown/leaf.ts";
import { References } from "../../../src/core/markdown/references.ts";
import type { Block } from "../../../src/core/markdown/tree.ts";
import { atRandom, byCharacter, whole } from "./feed.ts";
import { html, lineOf } from "./html.ts";

function leaf(text: string, level = 0): { leaf: Leaf; home: Block[]; references: References } {
  const references = new References(true);
  const home: Block[] = [];
  return { leaf: new Leaf(references, home, level, text, true), home, references };
}

test("a paragraph shows when it is refreshed, and settles when it closes", () => {
  const { leaf: paragraph, home } = leaf("a *b");
  expect(paragraph.shown).toBe(false);
  paragraph.complete = false;
  paragraph.refresh(true);
  expect(home).toEqual([paragraph.prose]);
  expect(lineOf(paragraph.prose.inlines)).toBe("a <em>b</em>");
  expect(paragraph.prose.settled).toBe(0);
  paragraph.close(true);
  expect(lineOf(paragraph.prose.inlines)).toBe("a *b");
  expect(paragraph.prose.settled).toBe(1);
});

test("a long paragraph settles in part, and its settled parts stay", () => {
  const { leaf: paragraph } = leaf("");
  for (let n = 0; n < 100; n++) {
    paragraph.extend("some *more* words ");
    paragraph.finish();
    const before = paragraph.prose.inlines.slice(0, paragraph.prose.settled);
    paragraph.refresh(true);
    before.forEach((node, at) => {
      expect(paragraph.prose.inlines[at]).toBe(node);
    });
  }
  expect(paragraph.prose.settled).toBeGreaterThan(100);
  expect(paragraph.text.length).toBeLessThan(600);
  paragraph.close(true);
  expect(lineOf(paragraph.prose.inlines)).toBe("some <em>more</em> words ".repeat(100).trim());
});

test("definitions at the beginning are removed, and a paragraph of definitions alone does not show", () => {
  const { leaf: paragraph, home, references } = leaf("[a]: /b 'c'\n[d]: /e");
  paragraph.refresh(true);
  expect(home).toEqual([]);
  paragraph.close(true);
  expect(home).toEqual([]);
  expect(references.target("A")).toEqual({ href: "/b", title: "c" });
  expect(references.target("D")).toEqual({ href: "/e", title: "" });
});

test("hashes that may close a heading are held back", () => {
  const { leaf: heading } = leaf("a #", 1);
  heading.complete = false;
  heading.refresh(true);
  expect(lineOf(heading.prose.inlines)).toBe("a");
  heading.extend("b");
  heading.refresh(true);
  expect(lineOf(heading.prose.inlines)).toBe("a #b");
});

test("a line that may be a table's head shows as a table behind the paragraph", () => {
  const { leaf: paragraph, home } = leaf("a\n| b");
  paragraph.refresh(true);
  expect(home.map(({ kind }) => kind)).toEqual(["paragraph", "table"]);
  expect(paragraph.head).toBe("| b");
  paragraph.dropHead();
  expect(paragraph.text).toBe("a");
});

test("a late definition makes a link, and the leaf is listed as revised", () => {
  const { leaf: paragraph, references } = leaf("a [b]");
  paragraph.close(true);
  references.define("b", { href: "/c", title: "" });
  references.revise();
  expect(lineOf(paragraph.prose.inlines)).toBe('a <a href="/c">b</a>');
  expect([...references.revised]).toEqual([paragraph.prose]);
});

test("what is added to a long text is shown at once, and parsed once the text has grown by a quarter", () => {
  const { leaf: paragraph } = leaf("");
  paragraph.extend(`[${"x".repeat(10_000)}`);
  paragraph.refresh(true);
  paragraph.extend("*y");
  paragraph.extend("*");
  paragraph.refresh(true);
  expect(lineOf(paragraph.prose.inlines)).toBe(`[${"x".repeat(10_000)}*y*`);
  paragraph.extend("z".repeat(2_600));
  paragraph.refresh(true);
  expect(lineOf(paragraph.prose.inlines)).toBe(`[${"x".repeat(10_000)}<em>y</em>${"z".repeat(2_600)}`);
});

test("a provisional line is added to a long text as plain text, and taken back", () => {
  const { leaf: paragraph } = leaf("");
  const journal = new Journal();
  paragraph.extend(`[${"x".repeat(3_000)}`);
  paragraph.finish();
  paragraph.refresh(true);
  const before = lineOf(paragraph.prose.inlines);
  journal.begin();
  paragraph.append("| *y*", journal);
  paragraph.refresh(false);
  expect(lineOf(paragraph.prose.inlines)).toBe(`${before}\n| *y*`);
  journal.rollback();
  paragraph.refresh(true);
  expect(lineOf(paragraph.prose.inlines)).toBe(before);
});

const SCENE = "[Scene: a dark room and John looks at the door.]";

/** The text that is shown after each character. */
function shownOf(text: string): string[] {
  const texts: string[] = [];
  byCharacter(text, ({ root }) =>
    texts.push(
      html(root)
        .replace(/<[^>]*>/g, "")
        .trim(),
    ),
  );
  return texts;
}

test.each([SCENE, `${SCENE} He waits.`, `${SCENE}\nHe waits.`, "[1 of 2, or so, and more"])(
  "a paragraph that begins with a bracket is shown as it comes: %j",
  (text) => {
    for (const [n, shown] of shownOf(text).entries()) {
      if (n > 8) expect(text.slice(0, n + 1)).toContain(shown);
      if (n > 8) expect(shown.length, text.slice(0, n + 1)).toBeGreaterThan(n - 2);
    }
  },
);

test("at most the label of a definition is shown, and taken back", () => {
  const all = new Set(shownOf("[the docs]: https://a.b 'c'\n\nSee [the docs]."));
  for (const shown of all) expect("[the docs]|See the docs.|See [the docs").toContain(shown);
  for (const shown of shownOf("[docs]: https://a.b\n\na")) expect(["", "a"]).toContain(shown);
});

test("a definition whose label was shown leaves a list as it is", () => {
  const text = "- a\n\n  [the docs]: /b";
  const tight = (ending: string) =>
    byCharacter(text + ending).root.children.map((list) => "tight" in list && list.tight);
  expect(tight("")).toEqual([true]);
  expect(tight(" 'c' d")).toEqual([false]);
  for (const ending of ["", " 'c' d", "\n- c [the docs]", " d\n- e"]) {
    expect(byCharacter(text + ending).root).toEqual(whole(text + ending).root);
    expect(atRandom(text + ending, 1).root).toEqual(whole(text + ending).root);
  }
});

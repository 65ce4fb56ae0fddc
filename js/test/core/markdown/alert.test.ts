import { expect, test } from "vitest";
import { alertOf, mayBeAlert } from "../../../src/core/markdown/alert.ts";
import { byCharacter, whole } from "./feed.ts";
import { html } from "./html.ts";

test.each(["note", "tip", "important", "warning", "caution"])("a quote may be an alert: %s", (kind) => {
  const text = `> [!${kind.toUpperCase()}]  \n> Text *here*.\n>\n> - a\n\nAfter.`;
  const shown = html(whole(text).root);
  expect(shown).toBe(
    `<blockquote class="${kind}">\n<p>Text <em>here</em>.</p>\n<ul>\n<li>a</li>\n</ul>\n</blockquote>\n<p>After.</p>\n`,
  );
  byCharacter(text, ({ root }) => expect(html(root)).not.toContain("[!"));
  expect(byCharacter(text).root).toEqual(whole(text).root);
});

test.each(["> [!NOTE] a", "> [!OTHER]\n> a", "> a\n> [!NOTE]", "> [NOTE]", "> [!NOTE](b)", "[!NOTE]"])(
  "%j is no alert",
  (text) => {
    expect(html(whole(text).root)).not.toContain("class=");
    expect(byCharacter(text).root).toEqual(whole(text).root);
  },
);

test("a mark is unfinished at every place in it, and certain at its end", () => {
  const mark = "[!Important] ";
  for (let end = 1; end <= mark.length; end++) expect(mayBeAlert(mark.slice(0, end))).toBe(true);
  expect(alertOf(mark)).toBe("important");
  for (const other of ["[a", "[!note] a", "[!importantly"]) expect(mayBeAlert(other)).toBe(false);
});

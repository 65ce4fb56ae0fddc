import { expect, test } from "vitest";
import { byCharacter, whole } from "./feed.ts";
import { html } from "./html.ts";

const OUTER = "```markdown\n# Use\n```bash\nls\n```\nEnd.\n```\n\nThen *text*.";

test.each([
  [OUTER, "# Use\n```bash\nls\n```\nEnd."],
  ["~~~md title=x\n~~~ python\na\n~~~\n```\n~~~\n\nThen *text*.", "~~~ python\na\n~~~\n```"],
  ["```md\n````yaml\na\n```\n````\n```\n\nThen *text*.", "````yaml\na\n```\n````"],
  ["> ```md\n> ```js\n> a\n> ```\n> ```\n\nThen *text*.", "```js\na\n```"],
])("a Markdown file with fences is one block of code: %j", (text, code) => {
  const { root } = whole(text);
  const block = root.children[0] as unknown as { lines?: string[]; children?: { lines: string[] }[] };
  expect((block.lines ?? block.children?.[0]?.lines)?.join("\n")).toBe(code);
  expect(html(root)).toContain("<p>Then <em>text</em>.</p>");
  expect(byCharacter(text).root).toEqual(root);
});

test("in other code, and in CommonMark alone, the first closing fence ends the block", () => {
  for (const options of [{}, { extensions: false }]) {
    const outer = options.extensions === false ? OUTER : OUTER.replace("markdown", "text");
    expect(html(whole(outer, options).root)).toContain("<p>End.</p>");
  }
});

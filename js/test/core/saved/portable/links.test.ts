import { expect, test } from "vitest";
import { writeLinks } from "../../../../src/core/saved/portable/links.ts";

test.each([
  ["https://a.b/c。", "[https://a.b/c](https://a.b/c)。"],
  ["<https://a.b>。", "[https://a.b](https://a.b)。"],
  ["[Source: https://a.b/c]", "[Source: [https://a.b/c](https://a.b/c)]"],
  ["[a](https://b.c/d[1])", "[a](https://b.c/d%5B1%5D)"],
  ["[a [b]](https://b.c/[1])", "[a [b]](https://b.c/%5B1%5D)"],
  ["![a](https://b.c) !![](https://d.e)", "[a](https://b.c) ![Image](https://d.e)"],
  ["react@18.2.0 vue@3.4.", "react\\@18.2.0 vue\\@3.4."],
  ["a\\_b@c.de <a_b@c.de>", "[a\\_b@c.de](mailto:a_b@c.de) [a\\_b@c.de](mailto:a_b@c.de)"],
])("%j is written %j", (text, written) => expect(writeLinks(text)).toBe(written));

test.each([
  "https://a.b/c and a@b.cd",
  "[https://a.b](https://a.b) [https://a.b][] [https://a.b][c]",
  "[https://a.b]: https://c.d/e",
  "`react@18.2.0 https://a.b。` $a@1.2$",
  "\\![a](https://b.c) ![a](b) ![a][https://b] a@b @c",
])("%j stays as it is", (text) => expect(writeLinks(text)).toBe(text));

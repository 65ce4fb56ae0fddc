import { expect, test } from "vitest";
import { writeEmphasis } from "../../../../src/core/saved/portable/emphasis.ts";

test.each([
  ["住**先。**然", "住<strong>先。</strong>然"],
  ["と*「b」*だ", "と<em>「b」</em>だ"],
  ["***都。***好", "<em><strong>都。</strong></em>好"],
  ["**注：***先*", "<strong>注：</strong>*先*"],
  ["**~~old~~**text", "<strong>~~old~~</strong>text"],
  ["中**🙂。**文𠀀**（a）**", "中<strong>🙂。</strong>文𠀀<strong>（a）</strong>"],
])("%j is written %j", (text, written) => expect(writeEmphasis(text)).toBe(written));

test.each([
  "about **bold**。",
  "**“a”**b 中",
  "`**。**中`",
  "中 a ** b",
  "中 **a b**",
  "中\\**。**文",
  "中$a*（b）*c$",

  "~~a~~ 2 * 3 * 4",
])("%j stays as it is", (text) => expect(writeEmphasis(text)).toBe(text));

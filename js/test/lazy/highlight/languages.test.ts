import { expect, test } from "vitest";
import { languageOf, modeOf, NAMES } from "../../../src/lazy/highlight/languages.ts";

test.each([
  ["python", "python"],
  ["Python", "python"],
  ['python title="x.py" {1,3}', "python"],
  ["{.python .numberLines}", "python"],
  ["{python}", "python"],
  ["{r, echo=FALSE}", "r"],
  ["c++", "cpp"],
  ["C#", "csharp"],
  ["f#", "fsharp"],
  ["js:app.js", "javascript"],
  ["ts{2}", "typescript"],
  [" sh ", "bash"],
  ["objective-c", "objectivec"],
  ["yml", "yaml"],
  ["tex", "latex"],
])("%j is %s", (info, language) => {
  expect(modeOf(info)).toBeDefined();
  expect(modeOf(info)).toBe(modeOf(language));
});

test.each(["", " ", "{}", "text", "plaintext", "mermaid", "toString", "…"])(
  "%j is not a language",
  (info) => {
    expect(modeOf(info)).toBe(undefined);
  },
);

test("no name is listed twice, and each one is found", () => {
  expect(new Set(NAMES).size).toBe(NAMES.length);
  for (const name of NAMES) expect(languageOf(name)).toBe(name);
});

const WANTED =
  "python py python3 ipython r sql javascript js jsx typescript ts tsx json bash sh zsh shell console c cpp c++ " +
  "java rust go julia yaml yml html xml css latex tex diff ruby toml dockerfile";

test.each(WANTED.split(" "))("%s has a mode", (name) => {
  expect(modeOf(name)).toBeDefined();
});

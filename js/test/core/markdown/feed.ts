/** Ways of feeding a text to the parser. */

import { Markdown } from "../../../src/core/markdown/parser.ts";
import { seeded } from "../random.ts";
import { named } from "./entity-names.ts";

export type Options = ConstructorParameters<typeof Markdown>[0];

export function whole(text: string, options?: Options): Markdown {
  const markdown = new Markdown({ named, ...options });
  markdown.push(text);
  markdown.end();
  return markdown;
}

/** Feed it in pieces of UTF-16 units, so that surrogate pairs are cut too. */
export function pieces(
  text: string,
  size: () => number,
  each?: (markdown: Markdown) => void,
  options?: Options,
): Markdown {
  const markdown = new Markdown({ named, ...options });
  for (let at = 0; at < text.length; ) {
    const next = at + size();
    markdown.push(text.slice(at, next));
    each?.(markdown);
    at = next;
  }
  markdown.end();
  each?.(markdown);
  return markdown;
}

export function byCharacter(text: string, each?: (markdown: Markdown) => void, options?: Options): Markdown {
  return pieces(text, () => 1, each, options);
}

export function atRandom(
  text: string,
  seed: number,
  each?: (markdown: Markdown) => void,
  options?: Options,
): Markdown {
  const random = seeded(seed);
  return pieces(text, () => 1 + Math.floor(random() * random() * 60), each, options);
}

/** Where Claude has read: links that say whose they are, and the numbered list of what an answer cites. */

import type { Data } from "../../core/protocol.ts";
import type { Turn } from "../../core/transcript.ts";
import { element, safeLinkUrl, setHref } from "../base/dom.ts";
import { asLine, asRecords, asText } from "../base/untrusted.ts";
import { placeOf, realPlace } from "../markdown/link-host.ts";

/** Characters of a passage, and passages of a source: enough to find the place by. */
const PASSAGE = 200;
const PASSAGES = 5;

/** The source's title as a link, and beside it the host; without an address the title alone. */
export function sourceNodes(source: Data): (Node | string)[] {
  const address = asText(source.url);
  const url = safeLinkUrl(address);
  const title = asLine(source.title) || asLine(address) || "A source without a title";
  const [page, age] = [source.page, asLine(source.age)];
  const facts = (typeof page === "number" ? ` · page ${page}` : "") + (age && ` · ${age}`);
  if (!url) return [element("bdi", "", {}, title), facts];
  const link = element("a", "nbstream-link", {}, element("bdi", "", {}, title));
  setHref(link, url);
  const host = element("span", "nbstream-host", { dir: "ltr" });
  const real = realPlace(title, url);
  host.append(real ? ` (→ ${real})` : placeOf(url));
  // A title that reads as another host's says inside the link where it leads.
  if (real) link.append(host);
  return real ? [link, facts] : [link, " ", host, facts];
}

/** A list of sources as they were found. */
export function sourceList(sources: readonly Data[]): HTMLElement {
  const items = sources.map((source) => element("li", "", { role: "listitem" }, ...sourceNodes(source)));
  return element("ul", "nbstream-sources", { role: "list" }, ...items);
}

interface Cited {
  readonly number: number;
  readonly source: Data;
  readonly passages: Set<string>;
}

export type Sources = ReadonlyMap<string, Cited>;

/** What the texts of a turn cite, each source once, in the order in which they do. */
export function collectCitedSources(turn: Turn): Sources {
  const cited = new Map<string, Cited>();
  for (const { type, data } of turn.blocks) {
    if (type !== "text") continue;
    for (const citation of asRecords(data.citations)) {
      const key = keyOf(citation);
      const known = cited.get(key) ?? { number: cited.size + 1, source: citation, passages: new Set() };
      cited.set(key, known);
      const passage = asText(citation.cited, PASSAGE).trim();
      if (passage && known.passages.size < PASSAGES) known.passages.add(passage);
    }
  }
  return cited;
}

/** The number of a citation's source. */
export function sourceNumber(sources: Sources, citation: Data): number {
  return sources.get(keyOf(citation))?.number ?? 0;
}

function keyOf({ url, title }: Data): string {
  return asText(url) || asText(title);
}

/** The list at a turn's end. */
export function citedSourceList(sources: Sources): HTMLElement {
  const items = [...sources.values()].map(({ source, passages }) => {
    const quotes = [...passages].map((passage) => element("div", "nbstream-cited", { dir: "auto" }, passage));
    return element("li", "", { role: "listitem" }, ...sourceNodes(source), ...quotes);
  });
  const name = element("div", "nbstream-sources-name", {}, "Sources");
  // Read when the reader comes to it: read out with the answer's end it would bury that.
  const attributes = { "aria-label": "Sources", "aria-live": "off" };
  return element(
    "section",
    "nbstream-sources",
    attributes,
    name,
    element("ol", "", { role: "list" }, ...items),
  );
}

/**
 * Views of the sources that Claude has read: links with their hosts, and the numbered list of the sources
 * that a turn cites.
 */

import { BLOCK_TEXT } from "../../core/page-text.ts";
import type { Data } from "../../core/protocol.ts";
import type { Turn } from "../../core/transcript.ts";
import { element, safeLinkUrl, setHref } from "../base/dom.ts";
import { asLine, asRecords, asText } from "../base/untrusted.ts";
import { hostOf } from "../markdown/link-host.ts";

/** The longest part of a cited passage that is shown. It is enough to find the passage in the source. */
const MAX_PASSAGE_CHARS = 200;
const MAX_PASSAGES = 5;

/**
 * Create the nodes of a source: its title as a link, and the host beside the link. A source without an
 * address gets only its title.
 */
export function sourceNodes(source: Data): (Node | string)[] {
  const address = asText(source.url);
  const url = safeLinkUrl(address);
  const title = asLine(source.title) || asLine(address) || BLOCK_TEXT.untitledSource;
  const [pdfPage, age] = [source.page, asLine(source.age)];
  const facts = [typeof pdfPage === "number" ? BLOCK_TEXT.page(pdfPage) : "", age]
    .filter(Boolean)
    .flatMap((fact) => [" · ", element("bdi", "", {}, fact)]);
  if (!url) return [element("bdi", "", {}, title), ...facts];
  const link = element("a", "nbstream-link", {}, element("bdi", "", {}, title));
  setHref(link, url);
  const host = element("span", "nbstream-host", { dir: "ltr" }, hostOf(url));
  return [link, " ", host, ...facts];
}

/** Create the list of a tool's sources in the order in which they were found. */
export function sourceList(sources: readonly Data[]): HTMLElement {
  const items = sources.map((source) => element("li", "", { role: "listitem" }, ...sourceNodes(source)));
  return element("ul", "nbstream-sources", { role: "list" }, ...items);
}

interface CitedSource {
  readonly number: number;
  readonly source: Data;
  readonly passages: Set<string>;
}

export type CitedSources = ReadonlyMap<string, CitedSource>;

/**
 * Collect the sources that a turn's texts cite. Each source is listed once, and numbered in the order of the
 * citations.
 */
export function collectCitedSources(turn: Turn): CitedSources {
  const cited = new Map<string, CitedSource>();
  for (const { type, data } of turn.blocks) {
    if (type !== "text") continue;
    for (const citation of asRecords(data.citations)) {
      const key = sourceKey(citation);
      const known = cited.get(key) ?? { number: cited.size + 1, source: citation, passages: new Set() };
      cited.set(key, known);
      const passage = asText(citation.cited, MAX_PASSAGE_CHARS).trim();
      if (passage && known.passages.size < MAX_PASSAGES) known.passages.add(passage);
    }
  }
  return cited;
}

/** Return the number of a citation's source; 0 if the source is unknown. */
export function sourceNumber(sources: CitedSources, citation: Data): number {
  return sources.get(sourceKey(citation))?.number ?? 0;
}

function sourceKey({ url, title }: Data): string {
  return asText(url) || asText(title);
}

/** Create the numbered list of sources at a turn's end. */
export function citedSourceList(sources: CitedSources): HTMLElement {
  const items = [...sources.values()].map(({ source, passages }) => {
    const quotes = [...passages].map((passage) => element("div", "nbstream-cited", { dir: "auto" }, passage));
    return element("li", "", { role: "listitem" }, ...sourceNodes(source), ...quotes);
  });
  const heading = element("div", "nbstream-sources-name", {}, BLOCK_TEXT.sources);
  // The list is not announced. Read out together with the end of the answer, it would take the attention from
  // the answer.
  const attributes = { "aria-label": BLOCK_TEXT.sources, "aria-live": "off" };
  const list = element("ol", "", { role: "list" }, ...items);
  return element("section", "nbstream-sources", attributes, heading, list);
}

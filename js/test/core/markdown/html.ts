/** Renders the tree as the HTML of CommonMark's examples; only tests use it. */

import { expect } from "vitest";
import type { Block, Document, Inline, Item, List, Table } from "../../../src/core/markdown/tree.ts";
import { atRandom, byCharacter, whole } from "./feed.ts";

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Percent-encode an address as browsers and the examples do. */
export function encoded(href: string): string {
  const kept = href.replace(LONE, "\ufffd").split(/(%[\da-fA-F]{2})/);
  return kept.map((part, n) => (n % 2 ? part : encodeURI(part))).join("");
}

function titled(title: string): string {
  return title === "" ? "" : ` title="${escaped(title)}"`;
}

const TAGS: Readonly<Record<string, string>> = {
  emphasis: "em",
  strong: "strong",
  strike: "del",
  underline: "u",
};

function line(node: Inline): string {
  switch (node.kind) {
    case "text":
      return escaped(node.text);
    case "code":
      return `<code>${escaped(node.text)}</code>`;
    case "math":
      return `<math${node.display ? " display" : ""}>${escaped(node.tex)}</math>`;
    case "break":
      return "<br />\n";
    case "link":
      return `<a href="${escaped(encoded(node.href))}"${titled(node.title)}>${lineOf(node.children)}</a>`;
    case "image":
      return `<img src="${escaped(encoded(node.src))}" alt="${escaped(node.alt)}"${titled(node.title)} />`;
    case "note":
      return `<sup>${node.number}</sup>`;
    default: {
      const tag = TAGS[node.kind] ?? node.kind;
      return `<${tag}>${lineOf(node.children)}</${tag}>`;
    }
  }
}

export function lineOf(nodes: readonly Inline[]): string {
  return nodes.map(line).join("");
}

function itemOf(item: Item, tight: boolean): string {
  const box =
    item.task === undefined ? "" : `<input${item.task ? ' checked=""' : ""} disabled="" type="checkbox"> `;
  let html = "";
  for (const [n, child] of item.children.entries()) {
    const bare = tight && child.kind === "paragraph";
    if (!bare && (n === 0 || !html.endsWith("\n"))) html += "\n";
    html += bare ? lineOf(child.inlines) : block(child);
  }
  return `<li>${box}${html}</li>\n`;
}

function listOf(list: List): string {
  const tag = list.ordered ? "ol" : "ul";
  const start = list.ordered && list.start !== 1 ? ` start="${list.start}"` : "";
  return `<${tag}${start}>\n${list.children.map((item) => itemOf(item, list.tight)).join("")}</${tag}>\n`;
}

function tableOf(table: Table): string {
  const row = (cells: readonly (readonly Inline[])[], tag: string) => {
    const html = cells.map((cell, n) => {
      const align = table.align[n];
      return `<${tag}${align && align !== "none" ? ` align="${align}"` : ""}>${lineOf(cell)}</${tag}>\n`;
    });
    return `<tr>\n${html.join("")}</tr>\n`;
  };
  const body = table.rows.map((cells) => row(cells, "td")).join("");
  const rows = body === "" ? "" : `<tbody>\n${body}</tbody>\n`;
  return `<table>\n<thead>\n${row(table.head, "th")}</thead>\n${rows}</table>\n`;
}

function block(node: Block): string {
  switch (node.kind) {
    case "paragraph":
      return `<p>${lineOf(node.inlines)}</p>\n`;
    case "heading":
      return `<h${node.level}>${lineOf(node.inlines)}</h${node.level}>\n`;
    case "code": {
      const language = node.info === "" ? "" : ` class="language-${escaped(node.info.split(/\s/)[0] ?? "")}"`;
      return `<pre><code${language}>${node.lines.map((text) => `${escaped(text)}\n`).join("")}</code></pre>\n`;
    }
    case "formula":
      return `<math block>${escaped(node.tex)}</math>\n`;
    case "table":
      return tableOf(node);
    case "rule":
      return "<hr />\n";
    case "list":
      return listOf(node);
    case "quote":
      return `<blockquote${node.alert ? ` class="${node.alert}"` : ""}>\n${node.children.map(block).join("")}</blockquote>\n`;
    case "summary":
      return `<summary>${lineOf(node.inlines)}</summary>\n`;
    case "details":
      return `<details${node.open ? " unended" : ""}${node.unfolded ? " open" : ""}>\n${node.children.map(block).join("")}</details>\n`;
    case "footnote":
      return `<aside id="${escaped(node.label)}">\n${node.children.map(block).join("")}</aside>\n`;
  }
}

export function html(root: Document): string {
  return root.children.map(block).join("");
}

/** Parse a text whole, by character and in random cuts, which must agree, and return the HTML of the tree. */
export function htmlInAnyCut(text: string): string {
  const { root } = whole(text);
  expect(byCharacter(text).root).toEqual(root);
  for (let seed = 0; seed < 9; seed++) expect(atRandom(text, seed).root).toEqual(root);
  return html(root).trim();
}

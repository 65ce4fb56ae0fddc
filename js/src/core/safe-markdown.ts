/**
 * Sanitiser of an answer's Markdown, for every program that renders the notebook's file. This is the twin of
 * `src/nbstream/core/safe_markdown.py`, which explains each rule. `tests/fixtures/safe_markdown.json` tests
 * both.
 */

const URL = String.raw`(?:[Hh][Tt][Tt][Pp][Ss]?:\/\/|mailto:|#)(?:[^\s()[\]<>"\x60\\]|\([^\s()[\]<>"\x60\\]*\))*`;
const TITLE = String.raw`(?:"[^"\n]*"|'[^'\n]*')`;

/** The most displayed formulas of a paragraph. If there are more, all become text: pairing takes too long. */
const MAX_FORMULAS = 100;

const OPENING =
  /^((?:[ \t]*>)*)([ \t]*)((?:(?:[-*+]|[0-9]{1,9}[.)])[ ]{1,4})?)(`{3,}(?!.*`)|~{3,})[ \t]*([A-Za-z0-9_+#.-]*)/;
const MARKERS = /^[ \t]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)+/;
const DEFINITION = new RegExp(
  String.raw`^ {0,3}(\[[^[\]<>\x60"$\\\n]+\]:)[ \t]*(${URL})(?:[ \t]+${TITLE})?[ \t]*$`,
);
const SPAN = /(?<![`\\])(`+)(?!`)([^\n]+?)(?<!`)\1(?!`)/g;

const LABEL = /^([ \t>*+\-0-9.)]*)\[/gm;
const LABEL_END = /(?<!\\)\]/g;

const MATH = String.raw`(?<math>\$\$[^$]+\$\$|\$[^$\n]+\$)|`;
const REST = [
  String.raw`(?<footnote>^ {0,3}\[\^[A-Za-z0-9_-]+\]:(?=[ \t]+[^\s:&\\/<"'(]+[ \t]+[^\s"'(]))`,
  String.raw`(?<fence>\\?(?:\x60{3,}|~{3,}))`,
  String.raw`<(?<address>https?:\/\/[^\s<>"\\\x60[\]$]+)>`,
  String.raw`(?<start>(?<!\\)\\*(?:<(?=\S)|!(?=\[)))`,
  String.raw`\]\(\s*(?<url>${URL})(?:\s+${TITLE})?\s*\)`,
  String.raw`(?<target>\][(:])`,
  String.raw`(?<display>\\?\${2,}|\\begin\{|\\\\\[)`,
  String.raw`(?<marker>@(?=[\\&])|&(?:#0*64|#[xX]0*40|commat);)`,
  String.raw`(?<quote>\\?")`,
].join("|");
const ACTIVE = new RegExp(MATH + REST, "gm");
const ACTIVE_WITHOUT_MATH = new RegExp(REST, "gm");
const ACTIVE_IN_MATH = /@(?=[\\&])|&(?=#0*64;|#[xX]0*40;|commat;)|<(?=\S)|!(?=\[)|\](?=[(:])|"|`{3,}|~{3,}/g;

const BLOCK_MATH =
  /(?<!\\)\$\$[\s\S]*?(?<!\\)\$\$|\\\\\[[\s\S]*?\\\\\]|\\begin\{([a-z]*\*?)\}[\s\S]*?\\end\{\1\}/g;
const OPENED = /\$\$|\\begin\{|\\\\\[/g;
const BEGIN = /\\begin\{[a-z]*\*?\}/g;
const DISPLAY = /^([ \t]*)\$\$(?:[\s\S]*[^\s][ \t]*|[\s\S]*\n\1)\$\$[ \t]*$/;

/** Return Markdown that looks like `text`, and is inactive in every renderer. */
export function makeSafe(text: string): string {
  const lines = text
    .replace(/\r\n?/g, "\n")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: some renderers end a line at these
    .replace(/[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ufeff]/g, " ")
    .split("\n");
  const out: string[] = [];
  const items: number[] = [];
  let waiting: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] as string;
    const opening = OPENING.exec(line);
    if (!opening) {
      updateListItems(items, line);
      waiting.push(line);
      at += 1;
      continue;
    }
    append(out, convertProse(waiting));
    waiting = [];
    const [code, next] = convertFence(lines, at + 1, opening, items);
    at = next;
    if (!isBlank(out.at(-1))) out.push("");
    append(out, code);
    if (!isBlank(lines[at])) out.push("");
  }
  append(out, convertProse(waiting));
  return out.join("\n");
}

/** Return `text` as one block of code. */
export function asCodeBlock(text: string): string {
  const ticks = longerFence([text]);
  return makeSafe(`${ticks}\n${text}\n${ticks}`);
}

/** Append line by line, because a long answer has more lines than the arguments that a call may have. */
function append(out: string[], lines: readonly string[]): void {
  for (const line of lines) out.push(line);
}

function isBlank(line = ""): boolean {
  return /^[ \t]*$/.test(line);
}

function expandTabs(text: string): string {
  let out = "";
  for (const char of text) out += char === "\t" ? " ".repeat(4 - (out.length % 4)) : char;
  return out;
}

function leadingSpace(line: string): string {
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

function indentColumns(line: string): number {
  return expandTabs(leadingSpace(line)).length;
}

/** Update the columns at which the content of open list items begins; return the innermost item's column. */
function updateListItems(items: number[], line: string): number {
  if (!isBlank(line)) {
    const column = indentColumns(line);
    while ((items.at(-1) ?? 0) > column) items.pop();
    const marker = MARKERS.exec(line);
    if (marker) items.push(expandTabs(marker[0]).length);
  }
  return items.at(-1) ?? 0;
}

/**
 * Convert a fenced block so that renderers see a fence whether or not they count it as part of a list item.
 * Return its lines and the index of the line after it.
 */
function convertFence(
  lines: string[],
  from: number,
  opening: RegExpExecArray,
  items: number[],
): [string[], number] {
  const [, quote = "", indent = "", marker = "", fence = "", info = ""] = opening;
  const depth = quote.split(">").length - 1;
  const indentBefore = depth > 0 ? 0 : expandTabs(indent + marker).length;
  let column = indentBefore;
  if (!marker) column = Math.min(column, updateListItems(items, `${indent}\``) + 3);
  const closing = new RegExp(`^[ \\t]*${fence[0]}{${fence.length},}[ \\t]*$`);
  const quoted = new RegExp(`^(?:[ \\t]*>){${depth}} ?`);
  const content: string[] = [];
  let at = from;
  for (; at < lines.length; ) {
    let line = lines[at] as string;
    if (depth > 0) {
      const inside = quoted.exec(line);
      if (!inside) break;
      line = line.slice(inside[0].length);
    }
    at += 1;
    if (closing.test(line) && indentColumns(line) < indentBefore + 4) break;
    content.push(removeIndent(line, column));
  }
  const ticks = longerFence(content);
  const pad = " ".repeat(column);
  const first = depth > 0 || !marker ? pad : expandTabs(indent) + marker;
  const name = /^mermaid/i.test(info) ? "" : info;
  return [[first + ticks + name, ...content.map((line) => (line ? pad + line : "")), pad + ticks], at];
}

function longerFence(content: readonly string[]): string {
  let longest = 2;
  for (const line of content)
    for (const [run] of line.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  return "`".repeat(longest + 1);
}

/** Return a line without its first columns of white space. */
function removeIndent(line: string, column: number): string {
  if (column === 0) return line;
  const before = leadingSpace(line);
  return expandTabs(before).slice(column) + line.slice(before.length);
}

/** Convert text outside of code by paragraphs, because in all renderers a blank line ends inline elements. */
function convertProse(lines: readonly string[]): string[] {
  const out: string[] = [];
  let open: string[] = [];
  for (const line of [...lines, ""]) {
    if (!isBlank(line)) {
      open.push(line);
      continue;
    }
    append(out, convertParagraph(open));
    open = [];
    out.push("");
  }
  return out.slice(0, -1);
}

function convertParagraph(lines: readonly string[]): string[] {
  const out: string[] = [];
  for (const line of lines) {
    const definition = DEFINITION.exec(line);
    if (!definition) break;
    out.push(`${definition[1]} ${escapeDollars(definition[2])} ""`);
  }
  if (out.length === lines.length) return out;
  const text = lines.slice(out.length).join("\n");
  let safe = escapeActive(text, true);
  if (!mathIsBalanced(safe)) safe = escapeActive(text, false);
  append(out, safe.split("\n"));
  return out;
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

/**
 * Whether every formula that begins in this paragraph also ends in it, for all renderers. Some renderers let
 * a formula continue past a blank line.
 */
function mathIsBalanced(text: string): boolean {
  if ((text.match(OPENED)?.length ?? 0) > MAX_FORMULAS) return false;
  if (text.includes("$$$") || text.includes("\\$$")) return false;
  if (text.replace(BLOCK_MATH, "").match(OPENED)) return false;
  for (const begin of text.matchAll(BEGIN))
    if (!text.includes(`\\end${begin[0].slice(6)}`, begin.index + begin[0].length)) return false;
  const pairs = text.split("\n").every((line) => count(line, "$$") % 2 === 0);
  return pairs || (count(text, "$$") === 2 && DISPLAY.test(text));
}

function escapeActive(text: string, hasMath: boolean): string {
  const quotes = text.includes("$") || text.includes("\\");
  const literal = (piece: string) =>
    piece.replace(hasMath ? ACTIVE : ACTIVE_WITHOUT_MATH, (found, ...rest) =>
      neutralize(found, rest.at(-1), quotes, hasMath),
    );
  let out = "";
  let end = 0;
  for (const span of text.matchAll(SPAN)) {
    const [code, , content = ""] = span;
    out += literal(text.slice(end, span.index));
    end = span.index + code.length;
    out += literal(code) === code ? code : `<code>${toEntities(content)}</code>`;
  }
  return escapeOpenLabels(out + literal(text.slice(end)));
}

/** Escape a bracket that opens an unclosed label: one renderer looks for its end far below, even in code. */
function escapeOpenLabels(text: string): string {
  let last = -1;
  for (const end of text.matchAll(LABEL_END)) last = end.index;
  return text.replace(LABEL, (label, before, at) => (at < last ? label : `${before}&#91;`));
}

type Groups = Readonly<Record<string, string | undefined>>;

function neutralize(found: string, groups: Groups, quotes: boolean, hasMath: boolean): string {
  if (groups.math !== undefined) return found.replace(ACTIVE_IN_MATH, neutralizeInMath);
  if (groups.address !== undefined) return groups.address;
  if (groups.start !== undefined) {
    const slashes = found.length - 1;
    return "\\".repeat(slashes - (slashes % 2)) + (found.endsWith("<") ? "&lt;" : "&#33;");
  }
  if (groups.url !== undefined) return `](${escapeDollars(groups.url)})`;
  if (groups.marker !== undefined) return `${found}\u200b`;
  if (groups.target !== undefined) return `]${toEntities(found.slice(1))}`;
  if (groups.fence !== undefined) return toEntities(found.replace("\\", ""));
  if (groups.quote !== undefined && quotes) return "&quot;";
  if (groups.display !== undefined && !hasMath)
    return toEntities(found.includes("$") ? found.replace("\\", "") : found);
  return found;
}

/** Replace an active character inside a formula by characters that mean the same in TeX. */
function neutralizeInMath(found: string): string {
  if ("!]@&".includes(found)) return `${found}{}`;
  if (found === "<") return "< ";
  return found === '"' ? "''" : toEntities(found);
}

function escapeDollars(url = ""): string {
  return url.replaceAll("$", "%24");
}

/** Replace every character that Markdown may interpret by its entity. */
function toEntities(text: string): string {
  return text.replace(/[!-/:-@[-`{-~]/g, (char) => `&#${char.charCodeAt(0)};`);
}

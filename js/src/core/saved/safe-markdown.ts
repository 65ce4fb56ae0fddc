/**
 * Sanitiser of an answer's Markdown, for every program that renders the notebook's file. The twin of
 * `src/nbstream/core/saved/safe_markdown.py`, which explains each rule. `tests/fixtures/safe_markdown.json` tests
 * both.
 */

import { closeCells } from "./portable/cells.ts";
import { DetailsLines } from "./portable/details.ts";
import { writeEmphasis } from "./portable/emphasis.ts";
import { insertElements, rewrite, rewriteAlert } from "./portable/formulas.ts";
import { writeLinks } from "./portable/links.ts";
import { writeComparison, writeHidden, writeTildes } from "./portable/text.ts";
import { convertFence, isBlank, longerFence, OPENING, updateListItems } from "./safe-fences.ts";
import { mathIsBalanced } from "./safe-formulas.ts";
import { ENTITY, escapeActive, escapeUrl, INVISIBLE, SCRIPT_MARK, TITLE, URL } from "./safe-inline.ts";

const DEFINITION = new RegExp(
  String.raw`^ {0,3}(\[[^[\]<>\x60"$\\\n]+\]:)[ \t]*(${URL})(?:[ \t]+${TITLE})?[ \t]*$`,
);
const MARKER = String.raw`\(?(?:[0-9]{1,9}|#|[A-Za-z]{1,9}|@[A-Za-z0-9_-]{0,99})[.)]`;
const PREFIX = String.raw`(?:[ \t>*+\-0-9.)]|(?=[(#A-Za-z@])${MARKER}(?=[ \t]))*`;
const TASK = String.raw`(?:\[[ xX]\][ \t]${PREFIX})?`;
const TERM_MARKER = new RegExp(
  String.raw`^(${PREFIX}${TASK})([:~](?=[ \t]|$)|(?<![^ \t>]):(?!:)|%|\{(?=[ \t]*[.#]|[^{}]*=))`,
);
const TERM_ENTITIES: Readonly<Record<string, string>> = {
  ":": "&#58;",
  "~": "&#126;",
  "%": "&#37;",
  "{": "&#123;",
};
const TERM_GROUPS: typeof TERM_ENTITIES = { ":": "{}:", "~": "&#126;", "%": "%", "{": "{" };
const DASHES = new RegExp(String.raw`^([ \t>]*(?:(?:[*+]|${MARKER})[ \t]+)*)(-[- \t]*)$`);
const SETEXT_TEXT =
  /^[ \t>]*(?!(?:(?:[0-9]+|[A-Za-z]|[IVXLCDMivxlcdm]{1,9})[.)]|[-*+_])(?:[ \t]|$)|[-*+_][-*+_ \t]*$)[^\s>#|:[<=~@(`\\]/;
const UNDERLINE = /^[ \t>]*(?:=+|-+)[ \t]*$/;
const ATTRIBUTES_END = /\}(?=[ \t#]*$)/;
const ENVIRONMENT_START = new RegExp(
  String.raw`^(${PREFIX}${TASK}(?:\[\^[^\]]+\]:[ \t]*)?)\\begin\{([A-Za-z]+\*?)\}`,
);
const ENVIRONMENT_END = /\\end\{([A-Za-z]+\*?)\}\s*$/;
const GRID = /(?:(?<![-=:+])|(?<=\]:))\+(?=[-=:][-=:+]*\+[ \t]*$)/;
const CAPTION_WORD = new RegExp(`^(${PREFIX}[Tt]able):`);
const CAPTION = new RegExp(`^${PREFIX}(?:[Tt]able)?:`);
const METADATA = /^-.*--/;

/** Return Markdown that looks like `text`, and is inactive in every renderer. */
export function makeSafe(text: string): string {
  const lines = writeHidden(text)
    .replace(/\r\n?/g, "\n")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: some renderers end a line at these
    .replace(/[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ufeff]/g, " ")
    .split("\n");
  const out: string[] = [];
  const items: number[] = [];
  const details = new DetailsLines();
  let waiting: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] as string;
    const opening = OPENING.exec(line);
    if (!opening) {
      append(waiting, details.convert(line, updateListItems(items, line)));
      at += 1;
      continue;
    }
    append(out, convertProse(waiting));
    waiting = [];
    const [code, next] = convertFence(lines, at + 1, opening, items);
    at = next;
    if (!isBlank(out.at(-1))) out.push("");
    append(out, opening[5] === "math" ? convertMath(code) : code);
    if (!isBlank(lines[at])) out.push("");
  }
  append(out, convertProse(waiting));
  const safe = out.join("\n");
  return METADATA.test(safe) ? `\n${safe}` : safe;
}

/** Return `text` as one block of code. */
export function asCodeBlock(text: string): string {
  const ticks = longerFence([text]);
  return makeSafe(`${ticks}\n${text}\n${ticks}`);
}

/** Append in a loop: a long answer has more lines than a call with a spread may have arguments. */
function append(out: string[], lines: readonly string[]): void {
  for (const line of lines) out.push(line);
}

/** Convert a fence of a formula, which only GitHub and the page know, to a formula between dollar signs. */
function convertMath(code: string[]): string[] {
  const tex = code.slice(1, -1).filter((line) => !isBlank(line));
  const pad = (code.at(-1) ?? "").replace(/`+$/, "");
  if (tex.length === 0 || tex.some((line) => line.includes("$$")) || !code[0]?.startsWith(`${pad}\``))
    return code;
  return convertParagraph([`${pad}$$`, ...tex, `${pad}$$`]);
}

/**
 * Convert text outside of code, by paragraphs, because in every renderer an inline element ends at a blank
 * line.
 */
function convertProse(lines: readonly string[]): string[] {
  const out: string[] = [];
  let open: string[] = [];
  for (const line of [...lines.flatMap(rewriteAlert), ""]) {
    if (!isBlank(line)) {
      open.push(line);
      continue;
    }
    if (open.length > 0) {
      append(out, convertParagraph(writeLinks(open.map(writeComparison).join("\n")).split("\n")));
      open = [];
    }
    out.push("");
  }
  return out.slice(0, -1);
}

function convertParagraph(lines: readonly string[]): string[] {
  const out: string[] = [];
  for (const line of lines) {
    const definition = DEFINITION.exec(line);
    if (!definition) break;
    const [, label = ""] = definition;
    if (ENTITY.test(label) && SCRIPT_MARK.test(label)) break;
    out.push(`${definition[1]} ${escapeUrl(definition[2])} ""`);
  }
  if (out.length === lines.length) return out;
  const portable = rewrite(lines.slice(out.length).join("\n")).split("\n");
  const all = [...lines.slice(0, out.length), ...portable];
  const markers = (isFormula: boolean) => escapeMarkers(all, out.length, isFormula).join("\n");
  const isFormula = isOneFormula(portable.join("\n"));
  let safe = escapeActive(markers(isFormula), true);
  if (!mathIsBalanced(safe)) safe = escapeActive(markers(false), false);
  const rows = closeCells(writeEmphasis(writeTildes(safe)).split("\n"));
  const elements = insertElements(rows.join("\n")).split("\n");
  append(out, hideOpenEnvironments(elements, isFormula ? "{}" : INVISIBLE));
  return out;
}

/** Put a mark before each environment that no line of the paragraph ends, so that its line begins otherwise. */
function hideOpenEnvironments(lines: readonly string[], mark: string): string[] {
  const lastEnds = new Map(lines.map((line, index) => [ENVIRONMENT_END.exec(line)?.[1] ?? "", index]));
  return lines.map((line, index) => {
    const [, start = "", name = ""] = ENVIRONMENT_START.exec(line) ?? [];
    return name && (lastEnds.get(name) ?? -1) < index ? start + mark + line.slice(start.length) : line;
  });
}

/** Escape the markers of blocks that only some renderers have, in a paragraph's lines from `first` on. */
function escapeMarkers(lines: readonly string[], first: number, isFormula: boolean): string[] {
  const isCaption = lines.some((line) => CAPTION.test(line));
  let mayHaveAttributes = false;
  const escapesOf = (start: string) => (isFormula && !start.includes("[") ? TERM_GROUPS : TERM_ENTITIES);
  return lines.slice(first).map((source, index) => {
    const before = lines[first + index - 1] ?? "";
    const after = lines[first + index + 1] ?? "";
    let line = source;
    if (mayHaveAttributes || isCaption || line.includes("#") || UNDERLINE.test(after)) {
      mayHaveAttributes ||= line.includes("{");
      line = line.replace(ATTRIBUTES_END, "&#125;");
    }
    const [, prefix, dashes] = DASHES.exec(line) ?? [];
    if (prefix !== undefined && dashes && opensBlock(prefix, dashes, before, after))
      line = prefix + (count(dashes, "-") > 2 ? "___" : `&#45;${dashes.slice(1)}`);
    line = line.replace(CAPTION_WORD, "$1&#58;").replace(GRID, isFormula ? "+{}" : "&#43;");
    if (first + index === lines.length - 1 && line.endsWith("\\")) line = `${line.slice(0, -1)}&#92;`;
    return line.replace(TERM_MARKER, (_, start, marker) => start + escapesOf(start)[marker]);
  });
}

/** Whether a paragraph is one formula. Only such a formula has several lines. */
function isOneFormula(text: string): boolean {
  const content = text.replace(/^[ \t\n]+/, "").trimEnd();
  return content.startsWith("$$") && content.endsWith("$$") && count(content, "$$") === 2;
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

/** Whether a line of dashes could open metadata or a table. */
function opensBlock(prefix: string, dashes: string, before: string, after: string): boolean {
  if (count(dashes, "-") > 2 && dashes.includes("--") && /-[ \t]+-/.test(dashes)) return true;
  const quote = /^[ \t>]*/.exec(before)?.[0] ?? "";
  const isUnderline = count(prefix, ">") === count(quote, ">") && SETEXT_TEXT.test(before);
  if (count(dashes, "-") < 3) return dashes.startsWith("--") && !isUnderline;
  const isBelowBlank = !/[^ \t>]/.test(after) && count(after, ">") <= count(prefix, ">");
  return !isBelowBlank && !isUnderline;
}

/**
 * Inline rules of sanitised Markdown. The twin of `src/nbstream/core/saved/safe_inline.py`, which explains each rule.
 */

import { ADDRESS_DOLLAR } from "./portable/formulas.ts";
import { ACTIVE_MACRO, hasActiveMacro } from "./safe-formulas.ts";

/** The marks of tags stand in no address. */
const URL_CHAR = String.raw`[^\s()[\]<>"\x60\\\x03\x04]`;
export const URL = String.raw`(?:[Hh][Tt][Tt][Pp][Ss]?:\/\/|mailto:|#)(?:${URL_CHAR}|\(${URL_CHAR}*\))*`;
export const TITLE = String.raw`(?:"[^"\n]*"|'[^'\n]*')`;

const TICKS = /`+|\n/g;

const COMMAND = /\\[A-Za-z\x80-\u{10ffff}]/u;
const COMMAND_END =
  /\\[A-Za-z\x80-\u{10ffff}@*]+[ \t\n]*$|[\]}][ \t\n]*$|[A-Za-z\x80-\u{10ffff}@* \t\n]{60}$/u;
const GROUP = /[{}[\]]|\\[^A-Za-z]/g;
const GROUP_OR_COMMENT = /[{}[\]]|\\[^A-Za-z]|%[^\n]*/g;

const LABEL = /^([ \t>*+\-0-9.)]*)\[/gm;
const LABEL_END = /(?<!\\)\]/g;

const CHAT_SCHEME = String.raw`[xX][mM][pP][pP](?=\\?:|&)`;
const MATH = String.raw`(?<math>\$\$[^$]+\$\$|\$[^$\n]+\$)|`;
const REST = [
  String.raw`(?<footnote>^ {0,3}\[\^[A-Za-z0-9_-]+\]:(?=[ \t]+[^\s:&\\/<"'(]+[ \t]+[^\s"'(]))`,
  String.raw`(?<fence>\\?(?:\x60{3,}|~{3,}))`,
  String.raw`<(?<address>https?:\/\/[^\s<>"\\\x60[\]$]+)>`,
  String.raw`(?<start>(?<!\\)\\*(?:<(?=\S)|!(?=\[)))`,
  String.raw`\]\(\s*(?<url>${URL})(?:\s+${TITLE})?\s*\)`,
  String.raw`(?<target>\][(:])`,
  String.raw`(?<display>\\?\${2,}|\\begin\{(?!filecontents)|\\\\\[)`,
  String.raw`(?<marker>@(?=[\\&])|&(?:#0*64|#[xX]0*40|commat);|${CHAT_SCHEME}|\^(?=\^))`,
  String.raw`(?<quote>\\?")`,
  String.raw`(?<macro>${ACTIVE_MACRO}|\\(?=[A-Za-z]+\*\*[A-Za-z]))`,
  "(?<colons>:{3,})",
  String.raw`(?<double>\{(?=[{%]))`,
  String.raw`(?<brace>(?<=[\])\x60])\{(?=[^{}]*=|[ \t\n]*[.#:-]))`,
  String.raw`(?<role>\}(?=\x60)|(?<=\x60)\{)`,
].join("|");
export const ENTITY = /&[#A-Za-z]/;
export const SCRIPT_MARK = /[\^~]/;
const SCRIPT =
  /(?<math>\$\$[^$]*\$\$|\$[^$\n]*\$)|(?<note>(?<!\\)\[\^[A-Za-z0-9_-]+\])|(?<url>https?:\/\/[^\s<>()[\]]*)|\\\\|\\~+|\^|(?<!~)~(?!~)/g;
const SCHEME = new RegExp(CHAT_SCHEME, "g");
const MACRO = new RegExp(ACTIVE_MACRO, "g");
const BACKSLASH = /&(?:#0*92|#[xX]0*5[cC]|bsol);/g;
/** A space without width. */
export const INVISIBLE = "\u200b";
const ATTRIBUTES_START = `${INVISIBLE}&#123;`;
const FORMULA_MARKS = ["$$", "\\\\[", "\\\\(", "\\begin{"];
const ACTIVE = new RegExp(MATH + REST, "gm");
const ACTIVE_WITHOUT_MATH = new RegExp(REST, "gm");
const ACTIVE_IN_MATH = new RegExp(
  [
    ACTIVE_MACRO,
    CHAT_SCHEME,
    String.raw`\^(?=\^)|:{3,}|\{(?=[{%])|[\])\x60}](?=\{[^{}]*=|\{[ \t\n]*[.#:-])|\}(?=\x60)`,
    String.raw`@(?=[\\&])|&(?=#0*64;|#[xX]0*40;|commat;)|<(?=\S)|!(?=\[)|\](?=[(:])|"|\x60{3,}|~{3,}`,
  ].join("|"),
  "g",
);

function hasFormulaMark(text: string): boolean {
  return FORMULA_MARKS.some((mark) => text.includes(mark));
}

export interface CodeSpan {
  start: number;
  end: number;
  ticks: number;
}

/** Find the code spans: two runs of equally many backticks on one line, the first after no backslash. */
export function codeSpans(text: string): CodeSpan[] {
  const runs = [...text.matchAll(TICKS)];
  const closing = new Map<number, number>();
  let nextLengths = new Map<number, number>();
  for (let index = runs.length - 1; index >= 0; index--) {
    const run = runs[index]?.[0] ?? "";
    if (run === "\n") {
      nextLengths = new Map();
      continue;
    }
    const next = nextLengths.get(run.length);
    if (next !== undefined) closing.set(index, next);
    nextLengths.set(run.length, index);
  }
  const spans: CodeSpan[] = [];
  for (let index = 0; index < runs.length; index++) {
    const run = runs[index] as RegExpExecArray;
    const last = closing.get(index);
    if (last === undefined || text[run.index - 1] === "\\") continue;
    const ticks = run[0].length;
    spans.push({ start: run.index, end: (runs[last]?.index ?? 0) + ticks, ticks });
    index = last;
  }
  return spans;
}

export function codeElement(span: string, ticks: number): string {
  return `<code>${toEntities(span.slice(ticks, -ticks))}</code>`;
}

/** Escape all that could be active in a paragraph. */
export function escapeActive(text: string, hasMath: boolean): string {
  const quotes = text.includes("$") || text.includes("\\");
  const brace = hasMath && hasFormulaMark(text) ? " {" : ATTRIBUTES_START;
  const literal = (piece: string) =>
    piece.replace(hasMath ? ACTIVE : ACTIVE_WITHOUT_MATH, (found, ...rest) => {
      const [at, whole, groups] = rest.slice(-3) as [number, string, Groups];
      return neutralize(found, groups, { quotes, brace, hasMath, before: whole[at - 1] ?? "" });
    });
  const between = (start: number, end: number) => escapeBetween(text, start, end, literal);
  let out = "";
  let last = 0;
  for (const { start, end, ticks } of codeSpans(text)) {
    const span = text.slice(start, end);
    out += between(last, start) + (literal(span) === span ? span : codeElement(span, ticks));
    last = end;
  }
  const escaped = escapeOpenGroups(out + between(last, text.length));
  return escapeOpenLabels(escapeScripts(escaped, brace === " {"));
}

/** Escape the marks of superscripts and subscripts where there are entities: Pandoc reads those twice. */
function escapeScripts(text: string, isFormula: boolean): string {
  if (!ENTITY.test(text) || !SCRIPT_MARK.test(text)) return text;
  const literal = (piece: string) =>
    piece.replace(SCRIPT, (found, ...rest) => neutralizeScript(found, rest.at(-1), isFormula));
  let out = "";
  let last = 0;
  for (const { start, end, ticks } of codeSpans(text)) {
    const span = text.slice(start, end);
    const isInactive = !span.includes("&") || !SCRIPT_MARK.test(span);
    out += literal(text.slice(last, start)) + (isInactive ? span : codeElement(span, ticks));
    last = end;
  }
  return out + literal(text.slice(last));
}

function neutralizeScript(found: string, groups: Groups, isFormula: boolean): string {
  if (groups.math !== undefined) return found.replace(/[\^~](?=[^ ])/g, "$& ");
  if (groups.url !== undefined) return found.replaceAll("^", "%5E").replaceAll("~", "%7E");
  if (groups.note !== undefined || found === "\\\\") return found;
  if (found.startsWith("\\")) return toEntities(found.slice(1));
  return isFormula && found === "^" ? "^ " : toEntities(found);
}

/** Escape the text between two code spans, and the braces beside them. */
function escapeBetween(text: string, start: number, end: number, literal: (piece: string) => string): string {
  let escaped = literal(text.slice(start, end));
  if (start > 0 && escaped.startsWith("{")) escaped = ATTRIBUTES_START + escaped.slice(1);
  return end < text.length && escaped.endsWith("}") ? `${escaped.slice(0, -1)}&#125;` : escaped;
}

/** Escape the braces and brackets that open after a TeX command and do not close. */
function escapeOpenGroups(text: string): string {
  if (!COMMAND.test(text) || unclosedGroups(text).size === 0) return text;
  let out = "";
  let last = 0;
  for (const { start, end, ticks } of codeSpans(text)) {
    const span = text.slice(start, end);
    out += text.slice(last, start) + (span.search(GROUP) >= 0 ? codeElement(span, ticks) : span);
    last = end;
  }
  out += text.slice(last);
  let escaped = "";
  last = 0;
  for (const at of [...unclosedGroups(out)].sort((a, b) => a - b)) {
    escaped += out.slice(last, at) + toEntities(out[at] ?? "");
    last = at + 1;
  }
  return escaped + out.slice(last);
}

function unclosedGroups(text: string): Set<number> {
  const unclosed = new Set<number>();
  for (const pattern of [GROUP, GROUP_OR_COMMENT])
    for (const [opening, closing] of ["{}", "[]"]) {
      const opened: number[] = [];
      for (const { 0: found, index } of text.matchAll(pattern)) {
        if (found === opening) opened.push(index);
        else if (found === closing) opened.pop();
      }
      // The twin's 80 characters, each of which may be two units here.
      for (const at of opened)
        if (opening === "{" || COMMAND_END.test(text.slice(Math.max(0, at - 160), at))) unclosed.add(at);
    }
  return unclosed;
}

/** Escape a `[` that no `]` closes. One renderer searches all later lines for the `]`, in code too. */
function escapeOpenLabels(text: string): string {
  let last = -1;
  for (const end of text.matchAll(LABEL_END)) last = end.index;
  return text.replace(LABEL, (label, before, at) => (at < last ? label : `${before}&#91;`));
}

type Groups = Readonly<Record<string, string | undefined>>;

interface Place {
  quotes: boolean;
  brace: string;
  hasMath: boolean;
  before: string;
}

function neutralize(found: string, groups: Groups, place: Place): string {
  const { quotes, brace, hasMath } = place;
  if (groups.math !== undefined) {
    if (place.before !== "\\" && hasActiveMacro(found)) {
      const inert = found.replace(MACRO, (macro) => macro + INVISIBLE);
      return `<code>${toEntities(inert)}</code>`;
    }
    return found.replace(ACTIVE_IN_MATH, neutralizeInMath);
  }
  if (groups.address !== undefined) return escapeUrl(groups.address);
  if (groups.start !== undefined) {
    const slashes = found.length - 1;
    return "\\".repeat(slashes - (slashes % 2)) + (found.endsWith("<") ? "&lt;" : "&#33;");
  }
  if (groups.url !== undefined) return `](${escapeUrl(groups.url)})`;
  if (groups.double !== undefined) return brace === " {" ? "{ " : toEntities(found);
  if (groups.brace !== undefined) return brace;
  if (groups.role !== undefined) return found === "}" ? "&#125;" : ATTRIBUTES_START;
  if (groups.colons !== undefined) return toEntities(found);
  if (groups.marker !== undefined || groups.macro !== undefined) return found + INVISIBLE;
  if (groups.target !== undefined) return `]${toEntities(found.slice(1))}`;
  if (groups.fence !== undefined) return toEntities(found.replace("\\", ""));
  if (groups.quote !== undefined && quotes) return "&quot;";
  if (groups.display !== undefined && !hasMath)
    return toEntities(found.includes("$") ? found.replace("\\", "") : found);
  return found;
}

/** Replace a match inside a formula by characters that TeX reads as the same. */
function neutralizeInMath(found: string, ...rest: (string | number)[]): string {
  const [at, whole] = rest as [number, string];
  const after = whole[at + found.length] ?? "";
  if ((found.startsWith("\\") || found.startsWith("&")) && found !== "&") return found + INVISIBLE;
  if (found === "{" || ("])}`".includes(found) && "{`".includes(after))) return `${found} `;
  if (/^[!\]@&x^]/i.test(found)) return `${found}{}`;
  if (found.startsWith(":")) return [...found].join("{}");
  if (found === "<") return "< ";
  return found === '"' ? "''" : toEntities(found);
}

/** Encode the characters of an address that could begin a formula, a macro or a substitution. */
export function escapeUrl(url = ""): string {
  return url.replace(BACKSLASH, "%5C").replace(ADDRESS_DOLLAR, "%24").replaceAll("{", "%7B");
}

/** Replace every character that Markdown may interpret by its entity. */
function toEntities(text: string): string {
  return text.replace(SCHEME, "$&\u200b").replace(/[!-/:-@[-`{-~]/g, (char) => `&#${char.charCodeAt(0)};`);
}

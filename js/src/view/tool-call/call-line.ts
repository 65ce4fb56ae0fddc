/** The line that a card shows of its call: the arguments as `city="Oslo", days=3`, and the result as `5.7`. */

import { TOOL_TEXT } from "../../core/page-text.ts";
import type { Data } from "../../core/protocol.ts";
import { cutMiddle } from "../base/cut-middle.ts";
import { asList, asRecords, asText } from "../base/untrusted.ts";
import { JSON_TOKEN } from "./arguments.ts";

/** The longest text of one argument, of all arguments, and of a result. A line of the page has about 100 characters. */
const MAX_VALUE_CHARS = 60;
const MAX_ARGUMENTS_CHARS = 160;
const MAX_RESULT_CHARS = 80;

/** Colours and other sequences of a terminal, which would stand in a line as strange characters. */
const CONTROL = /(?![\t\r\n])\p{Cc}/u;

export interface ArgumentsLine {
  readonly text: string;
  /** Whether the line shows all of the arguments, exactly. */
  readonly isWhole: boolean;
}

/** Write the arguments of a call in one line. Numbers and names stay as Claude wrote them. */
export function argumentsLine(json: string): ArgumentsLine {
  try {
    const value: unknown = JSON.parse(json || "{}");
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return { text: "…", isWhole: false };
    return writeLine(json);
  } catch {
    return { text: "…", isWhole: false };
  }
}

function writeLine(json: string): ArgumentsLine {
  let [depth, text, value, isWhole, isName] = [0, "", "", true, true];
  const endValue = () => {
    const shown = cutMiddle(value, MAX_VALUE_CHARS);
    isWhole &&= shown === value;
    text += shown;
    value = "";
  };
  for (const [token] of json.matchAll(JSON_TOKEN)) {
    if (token === "}" || token === "]") depth -= 1;
    if (depth === 1 && token === ",") {
      endValue();
      if (text.length > MAX_ARGUMENTS_CHARS) return { text: `${text}, …`, isWhole: false };
      text += ", ";
      isName = true;
    } else if (depth === 1 && token === ":" && isName) {
      text += "=";
      isName = false;
    } else if (depth === 1 && isName) {
      value = String(JSON.parse(token));
      endValue();
    } else if (depth > 0)
      value += token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : withSpace(token);
    if (token === "{" || token === "[") depth += 1;
  }
  endValue();
  return { text, isWhole };
}

function withSpace(token: string): string {
  return token === "," || token === ":" ? `${token} ` : token;
}

/**
 * Write a result in one line; "" for one that no line can stand for, such as a table.
 *
 * @param text The result's text, or its beginning.
 */
export function resultLine(text: string, data: Data): string {
  const sources = asRecords(data.sources).length;
  if (sources > 0) return TOOL_TEXT.sources(sources);
  const images = asList(data.images).length;
  const shown = (text || asText(data.output)).trim();
  if (!shown && images > 0) return TOOL_TEXT.images(images);
  if (data.markdown === true || CONTROL.test(shown.slice(0, MAX_RESULT_CHARS))) return "";
  const [line = ""] = shown.split("\n", 1);
  if (line.length > MAX_RESULT_CHARS) return `${line.slice(0, MAX_RESULT_CHARS)}…`;
  return line.length < shown.length ? `${line} …` : line;
}

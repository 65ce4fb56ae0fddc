/**
 * Sides of a delimiter run, which decide whether it can open or close a span (§6.2).
 *
 * With extensions, the CJK-friendly amendments to the specification hold. They were written for scripts that
 * put no space between words, where `**` would otherwise close nothing behind a full stop or a bracket.
 */

import { after, before, isPunctuation, isSpace } from "./chars.ts";

/** The amendments' CJK characters: those of East Asian width, Hangul among them, that are no emoji. */
const CJK =
  /^(?!\p{Emoji_Presentation})[\u1100-\u11ff\u20a9\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u3247\u3250-\ua4c6\ua960-\ua97c\uac00-\ud7fb\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uffdc\uffe0-\uffee\u{16fe0}-\u{1b2fb}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u;

/** Selectors of a character's form. They belong to the character before them. */
const FORM = /[\ufe00-\ufe0e]/;
const IDEOGRAPHIC_FORM = /^[\u{e0100}-\u{e01ef}]/u;
const FULL_WIDTH_QUOTE = /^[\u2018\u2019\u201c\u201d]\ufe01$/;

/** How the character beside a run counts. Punctuation of CJK scripts counts as their letters do. */
interface Side {
  readonly space: boolean;
  readonly mark: boolean;
  readonly cjk: boolean;
  readonly punctuation: boolean;
}

function sideOf(char: string, form: string, friendly: boolean): Side {
  const cjk =
    friendly && (CJK.test(char) || IDEOGRAPHIC_FORM.test(char) || FULL_WIDTH_QUOTE.test(char + form));
  const punctuation = isPunctuation(char);
  return { space: isSpace(char), mark: punctuation && !cjk, cjk, punctuation };
}

function leftOf(text: string, at: number, friendly: boolean): Side {
  const form = text[at - 1] ?? "";
  if (!friendly || !FORM.test(form)) return sideOf(before(text, at), "", friendly);
  return sideOf(before(text, at - 1), form, friendly);
}

export interface Flanking {
  readonly opens: boolean;
  readonly closes: boolean;
  /** Whether the run stands behind a CJK character. There `**` hardly ever stands for a power. */
  readonly cjk: boolean;
}

/** Find whether a run can open a span and close one. Inside a word, `_` can do neither. */
export function flanking(text: string, start: number, stop: number, friendly: boolean): Flanking {
  const words = text[start] === "_";
  let [at, end] = [start, stop];
  // As in cmark-gfm, tildes beside stars and underscores do not count: `**~~old~~**new` is strong.
  if (friendly && text[start] !== "~") {
    while (text[at - 1] === "~") at--;
    while (text[end] === "~") end++;
  }
  const left = leftOf(text, at, friendly);
  const right = sideOf(after(text, end), "", friendly);
  const opens = !right.space && (!right.mark || left.space || left.mark || left.cjk);
  const closes = !left.space && (!left.mark || right.space || right.mark || right.cjk);
  return {
    opens: opens && (!words || !closes || left.punctuation),
    closes: closes && (!words || !opens || right.punctuation),
    cjk: left.cjk,
  };
}

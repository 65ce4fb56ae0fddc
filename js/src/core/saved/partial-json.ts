/**
 * Parser of JSON that may not be complete: what came of an answer so far, as a tree. The twin of
 * `src/nbstream/core/saved/partial_json.py`, which explains the rules; `tests/fixtures/output_markdown.json`
 * tests both.
 */

const SPACES = " \t\r\n";
const PIECE = /"|[^"\\]+|\\u[0-9a-fA-F]{4}|\\["\\/bfnrt]/y;
const ESCAPE_PREFIX = /^(?:\\?|\\u[0-9a-fA-F]{0,3})$/;
const WORD = /[-+.\w]+/y;
const LITERAL = /^(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)$/;
const NUMBER_START = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?/;
/** The beginning of a literal that is none yet. */
const PREFIX = /^(?:t|tr|tru|f|fa|fal|fals|n|nu|nul|-|-?[0-9]+(?:\.|(?:\.[0-9]+)?[eE][-+]?))$/;
const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** A value, as far as it came. Numbers, `true`, `false` and `null` are literals, as they are written. */
export interface JsonNode {
  readonly kind: "string" | "literal" | "array" | "object";
  /** The characters of a string or a literal. */
  text: string;
  /** The values in an array or an object. */
  readonly items: JsonNode[];
  /** The keys of an object's values, in the same order. A key may occur twice. */
  readonly keys: string[];
  isComplete: boolean;
}

export interface PartialJson {
  /** Undefined if nothing came, or if the text does not begin as JSON does. */
  readonly root: JsonNode | undefined;
  /** The text from the first character on that is not JSON; empty if all of it is. */
  readonly rest: string;
}

type Step = "done" | "truncated" | "broken";

/** Parse the beginning of a JSON text. In a container, a literal counts once the character after it came. */
export function parsePartial(text: string): PartialJson {
  return new Parser(text).parse();
}

class Parser {
  readonly #text: string;
  #at = 0;
  #root: JsonNode | undefined;
  /** The arrays and objects that have not ended. There is no recursion, so that no answer is too deep. */
  readonly #open: JsonNode[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  parse(): PartialJson {
    let step = this.#value();
    for (let container = this.#open.at(-1); step === "done" && container; container = this.#open.at(-1))
      step = this.#nextIn(container);
    if (step === "done") this.#skipSpace();
    return { root: this.#root, rest: step === "truncated" ? "" : this.#text.slice(this.#at) };
  }

  #nextIn(container: JsonNode): Step {
    const char = this.#skipSpace();
    if (char === (container.kind === "array" ? "]" : "}")) {
      this.#at += 1;
      container.isComplete = true;
      this.#open.pop();
      return "done";
    }
    if (container.items.length > 0 && char) {
      if (char !== ",") return "broken";
      this.#at += 1;
    }
    return container.kind === "array" ? this.#value() : this.#member();
  }

  #member(): Step {
    const key = newNode("string");
    const quote = this.#skipSpace();
    if (quote && quote !== '"') return "broken";
    const step = quote ? this.#string(key) : "truncated";
    if (step !== "done") return step;
    const colon = this.#skipSpace();
    if (colon !== ":") return colon ? "broken" : "truncated";
    this.#at += 1;
    return this.#value(key.text);
  }

  #value(key?: string): Step {
    const char = this.#skipSpace();
    if (!char) return "truncated";
    if (char === '"') return this.#string(this.#add(newNode("string"), key));
    if (char === "[" || char === "{") {
      this.#at += 1;
      this.#open.push(this.#add(newNode(char === "[" ? "array" : "object"), key));
      return "done";
    }
    return this.#literal(key);
  }

  #literal(key: string | undefined): Step {
    WORD.lastIndex = this.#at;
    const word = WORD.exec(this.#text)?.[0];
    if (word === undefined) return "broken";
    const end = this.#at + word.length;
    const isLast = end === this.#text.length;
    if (isLast && this.#open.length > 0) return "truncated";
    if (isLast && PREFIX.test(word)) {
      const begun = NUMBER_START.exec(word)?.[0];
      if (begun !== undefined) this.#add(newNode("literal"), key).text = begun;
      return "truncated";
    }
    if (!LITERAL.test(word)) return "broken";
    this.#at = end;
    const node = this.#add(newNode("literal"), key);
    node.text = word;
    node.isComplete = true;
    return "done";
  }

  #string(node: JsonNode): Step {
    let step: Step = "truncated";
    let text = "";
    this.#at += 1;
    for (;;) {
      PIECE.lastIndex = this.#at;
      const piece = PIECE.exec(this.#text)?.[0];
      if (piece === undefined) break;
      this.#at += piece.length;
      if (piece === '"') {
        step = "done";
        break;
      }
      text += decode(piece);
    }
    if (step !== "done" && !ESCAPE_PREFIX.test(this.#text.slice(this.#at, this.#at + 7))) step = "broken";
    // The other half of the last character may not have come.
    if (step === "truncated") text = text.replace(/[\ud800-\udbff]$/, "");
    node.text = text.replace(
      /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
      "\ufffd",
    );
    node.isComplete = step === "done";
    return step;
  }

  #add(node: JsonNode, key: string | undefined): JsonNode {
    const container = this.#open.at(-1);
    if (!container) {
      this.#root = node;
      return node;
    }
    container.items.push(node);
    if (key !== undefined) container.keys.push(key);
    return node;
  }

  /** Skip white space, and return the character after it; empty at the end of the text. */
  #skipSpace(): string {
    while (this.#at < this.#text.length && SPACES.includes(this.#text.charAt(this.#at))) this.#at += 1;
    return this.#text.charAt(this.#at);
  }
}

function newNode(kind: JsonNode["kind"]): JsonNode {
  return { kind, text: "", items: [], keys: [], isComplete: false };
}

function decode(piece: string): string {
  if (!piece.startsWith("\\")) return piece;
  const letter = piece.charAt(1);
  return letter === "u"
    ? String.fromCharCode(Number.parseInt(piece.slice(2), 16))
    : (ESCAPES[letter] ?? letter);
}

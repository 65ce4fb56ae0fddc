/**
 * Text of a terminal: the colours, the carriage returns and the backspaces of a program's output.
 *
 * All other control sequences are dropped. Styles come from fixed lists and numbers, never from the text itself.
 */

import { element } from "../base/dom.ts";
import { PlainText } from "../base/plain-text.ts";
import { appendInPieces } from "../base/text-feed.ts";

const ESC = "\u001b";
const BELL = "\u0007";

/** Colours and other sequences of control characters, and the characters that move to another place. */
const CONTROL = new RegExp(
  [
    String.raw`${ESC}\[([\d;:]{0,64})([@-~])`,
    String.raw`${ESC}\[[0-?]*[ -/]*[@-~]?`,
    String.raw`${ESC}\][^${BELL}${ESC}]*(?:${BELL}|${ESC}\\)?`,
    String.raw`${ESC}[()].?|${ESC}.?|[\r\n\b]`,
  ].join("|"),
  "g",
);
const NEEDS_TERMINAL = new RegExp(String.raw`[${ESC}\b]|\r(?!\n)`);

/** A colour: one of the terminal's sixteen by its number, or an RGB colour. */
type Colour = number | readonly [number, number, number];

interface Style {
  readonly text?: Colour | undefined;
  readonly ground?: Colour | undefined;
  readonly flags: ReadonlySet<string>;
}

const PLAIN: Style = { flags: new Set() };
const FLAGS: Readonly<Record<number, string>> = { 1: "bold", 3: "italic", 4: "underline", 7: "inverse" };
const FLAGS_OFF: Readonly<Record<number, string>> = {
  22: "bold",
  23: "italic",
  24: "underline",
  27: "inverse",
};

interface Cell {
  readonly char: string;
  readonly style: Style;
}

/** Show a text in an element as a terminal shows it. */
export function showTerminalText(root: HTMLElement, text: string): void {
  let style = PLAIN;
  const plain = new PlainText(root, (piece) => [style === PLAIN ? piece : styled(piece, style)]);
  const show = (piece: string) => appendInPieces(piece, (part) => plain.append(part));
  if (!NEEDS_TERMINAL.test(text)) {
    show(text);
    return;
  }
  for (const run of runsOf(text)) {
    style = run.style;
    show(run.text);
  }
}

/** Read the text as a terminal does, and return its pieces, each with its style. */
export function runsOf(text: string): { text: string; style: Style }[] {
  const runs: { text: string; style: Style }[] = [];
  const screen = new Screen((piece, style) => {
    const last = runs.at(-1);
    if (last?.style === style) last.text += piece;
    else runs.push({ text: piece, style });
  });
  let from = 0;
  for (const match of text.matchAll(CONTROL)) {
    screen.write(text.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[2] === "m") screen.style = nextStyle(screen.style, match[1] ?? "");
    else if (match[2] === "K" && !Number(match[1])) screen.eraseToEnd();
    else if (match[0].length === 1) screen.move(match[0]);
  }
  screen.write(text.slice(from));
  screen.end("");
  return runs;
}

/** The line that is being written, as cells, because a carriage return writes over it. */
class Screen {
  style = PLAIN;
  #cells: Cell[] = [];
  #column = 0;
  readonly #emit: (text: string, style: Style) => void;

  constructor(emit: (text: string, style: Style) => void) {
    this.#emit = emit;
  }

  write(text: string): void {
    for (const char of text) this.#cells[this.#column++] = { char, style: this.style };
  }

  eraseToEnd(): void {
    this.#cells.length = Math.min(this.#cells.length, this.#column);
  }

  move(control: string): void {
    if (control === "\n") this.end("\n");
    else if (control === "\r") this.#column = 0;
    else if (control === "\b") this.#column = Math.max(0, this.#column - 1);
  }

  end(lineEnd: string): void {
    for (const { char, style } of this.#cells) this.#emit(char, style);
    if (lineEnd) this.#emit(lineEnd, PLAIN);
    this.#cells = [];
    this.#column = 0;
  }
}

function nextStyle(before: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map(Number);
  let { text, ground } = before;
  const flags = new Set(before.flags);
  while (codes.length > 0) {
    const code = codes.shift() ?? 0;
    const on = FLAGS[code];
    if (code === 0) {
      text = undefined;
      ground = undefined;
      flags.clear();
    } else if (on) flags.add(on);
    else if (FLAGS_OFF[code]) flags.delete(FLAGS_OFF[code]);
    else if (code === 38) text = longColour(codes);
    else if (code === 48) ground = longColour(codes);
    else if (code === 39) text = undefined;
    else if (code === 49) ground = undefined;
    else if (code >= 30 && code <= 37) text = code - 30;
    else if (code >= 40 && code <= 47) ground = code - 40;
    else if (code >= 90 && code <= 97) text = code - 82;
    else if (code >= 100 && code <= 107) ground = code - 92;
  }
  const isPlain = text === undefined && ground === undefined && flags.size === 0;
  return isPlain ? PLAIN : { text, ground, flags };
}

/** Read a colour of 256 (`5;n`) or of all (`2;r;g;b`). */
function longColour(codes: number[]): Colour | undefined {
  const kind = codes.shift();
  if (kind === 2) {
    const [red = 0, green = 0, blue = 0] = codes.splice(0, 3).map((value) => Math.min(255, value));
    return [red, green, blue];
  }
  const index = kind === 5 ? (codes.shift() ?? 0) : 256;
  if (index < 16) return index;
  if (index > 255) return undefined;
  if (index >= 232) return [0, 0, 0].map(() => (index - 232) * 10 + 8) as unknown as Colour;
  const level = (value: number) => (value === 0 ? 0 : value * 40 + 55);
  const cube = index - 16;
  return [level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)];
}

function styled(text: string, { text: colour, ground, flags }: Style): HTMLElement {
  const node = element("span", [...flags].map((flag) => `nbstream-ansi-${flag}`).join(" "), {}, text);
  if (colour !== undefined) node.style.setProperty("--nbstream-ansi-text", cssOf(colour));
  if (ground !== undefined) node.style.setProperty("--nbstream-ansi-ground", cssOf(ground));
  if (colour !== undefined) node.classList.add("nbstream-ansi-colour");
  if (ground !== undefined) node.classList.add("nbstream-ansi-ground");
  return node;
}

function cssOf(colour: Colour): string {
  return typeof colour === "number" ? `var(--nbstream-ansi-${colour})` : `rgb(${colour.join(" ")})`;
}

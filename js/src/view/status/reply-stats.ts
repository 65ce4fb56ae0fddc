/**
 * View of a reply's figures: tokens, seconds and dollars. They are a button, which shows them in short form, and its
 * title in full words. All but seconds, dollars and a context that fills up are details, which the style sheet
 * hides until the button is pressed.
 */

import { FIGURE_TEXT } from "../../core/page-text.ts";
import { isRunning, type Reply } from "../../core/reply.ts";
import type { Block, Turn } from "../../core/transcript.ts";
import { formatNumber, formatUsd, MIN_SHOWN_USD } from "../base/amounts.ts";
import { button } from "../base/button.ts";
import { element, setAttribute, setText } from "../base/dom.ts";
import { formatDuration, formatPreciseDuration } from "../base/duration.ts";
import { asCount } from "../base/untrusted.ts";
import { isResult } from "../tool-call/card.ts";

/** About how many characters a token has in English. The API counts exactly only at the end of a reply. */
const CHARS_PER_TOKEN = 4;

/** The speed is shown only after Claude has written for this long. Before that, it is not meaningful. */
const MIN_WRITING_SECONDS = 0.5;

export type RepliedTurn = Turn & { readonly reply: Reply };
type Stat = readonly [short: string, full: string, isMain?: boolean];

/** A wait below this is shown as none, so it is not shown. */
const MIN_SHOWN_WAIT_SECONDS = 0.05;

export class ReplyStats {
  readonly element = button("", () => this.#toggleDetails(), {
    class: "nbstream-figures",
    "aria-live": "off",
    "aria-expanded": "false",
  });
  #pastTurn: RepliedTurn | undefined;
  /** The running reply whose figures are shown, and its seconds. */
  #running: readonly [Reply, seconds: number] | undefined;

  /**
   * Show the figures of a turn, or none if there is no turn. Those of a running reply change with its seconds: a user
   * reads no faster, and each change costs the style and layout of the row.
   *
   * @param now The kernel's clock, in seconds.
   */
  paint(turn: RepliedTurn | undefined, now = 0): void {
    const [reply, seconds] = this.#running ?? [];
    this.#running = turn && isRunning(turn.reply) ? [turn.reply, wholeSeconds(turn.reply, now)] : undefined;
    if (this.#running && reply === turn?.reply && seconds === this.#running[1]) return;
    const stats = turn ? [...statsOf(turn, now)].filter(([short]) => short) : [];
    if (this.element.textContent !== stats.map(([short]) => ` · ${short}`).join("")) {
      this.element.replaceChildren(...stats.map(([short, , isMain]) => statNode(short, isMain)));
    }
    this.element.hidden = stats.length === 0;
    setAttribute(this.element, "title", stats.map(([, full]) => full).join("\n") || undefined);
  }

  /** Show the figures of an earlier answer, as one text until they are pressed. A long conversation has many of them. */
  paintPast(turn: RepliedTurn): void {
    this.#pastTurn = turn;
    const main = [...statsOf(turn, 0)].filter(([short, , isMain]) => short && isMain);
    setText(this.element, main.map(([short]) => short).join(" · "));
  }

  #toggleDetails(): void {
    if (this.#pastTurn) this.paint(this.#pastTurn);
    this.element.ariaExpanded = String(this.element.ariaExpanded === "false");
  }
}

function statNode(short: string, isMain = false): HTMLElement {
  const dot = element("span", "nbstream-dot", {}, " · ");
  return element(
    "span",
    isMain ? "nbstream-stat" : "nbstream-stat nbstream-detail",
    {},
    dot,
    element("span", "nbstream-figure", {}, short),
  );
}

function wholeSeconds({ began, ended }: Reply, now: number): number {
  return Math.round((ended ?? now) - began);
}

function* statsOf(turn: RepliedTurn, now: number): Generator<Stat> {
  const { reply } = turn;
  const counted = asCount(reply.usage.output_tokens);
  // The API counts tokens in its first event and in its last one. If the last event did not come, its count
  // covers only the tokens that were sent up to the first event.
  const isExact = reply.status === "done" && counted !== undefined;
  const estimate = estimateTokens(turn.blocks);
  const tokens = isExact ? counted : Math.max(estimate, isRunning(reply) ? 0 : (counted ?? 0));
  const about = isExact ? (figure: string) => figure : FIGURE_TEXT.about;
  const end = reply.ended ?? now;
  if (!isRunning(reply)) yield* tokenStats(reply, tokens, about);
  else if (tokens > 0)
    yield [about(FIGURE_TEXT.tokens(formatNumber(tokens))), FIGURE_TEXT.tokensTitle(formatNumber(tokens))];
  const speed = tokens / writingSeconds(turn.blocks, end);
  if (reply.firstTextAt !== undefined && Number.isFinite(speed) && speed >= 1)
    yield [FIGURE_TEXT.speed(Math.round(speed)), FIGURE_TEXT.speedTitle(Math.round(speed))];
  const seconds = formatDuration(wholeSeconds(reply, now));
  yield [
    seconds,
    isRunning(reply) ? FIGURE_TEXT.secondsSoFar(seconds) : FIGURE_TEXT.secondsInAll(seconds),
    true,
  ];
  yield* costStat(reply, estimate, about);
  const { contextPercent: percent } = reply;
  if (percent !== undefined) yield [FIGURE_TEXT.context(percent), FIGURE_TEXT.contextTitle(percent), true];
}

/** Yield the cost. The text that came after the kernel's last report is added as an estimate. */
function* costStat(
  reply: Reply,
  estimatedTokens: number,
  about: (figure: string) => string,
): Generator<Stat> {
  if (reply.cost === undefined) return;
  const uncountedTokens = Math.max(0, estimatedTokens - Math.ceil(reply.countedChars / CHARS_PER_TOKEN));
  const uncountedUsd = isRunning(reply) ? ((reply.rate ?? 0) * uncountedTokens) / 1_000 : 0;
  const usd = reply.cost + uncountedUsd;
  if (usd < MIN_SHOWN_USD) return;
  const price = about(formatUsd(usd));
  yield [price, FIGURE_TEXT.cost(price), true];
}

/**
 * Yield the API's token counts, each kind by itself. Tokens that were read from the cache are not included in
 * the tokens sent.
 */
function* tokenStats(
  { usage, began, firstTextAt }: Reply,
  output: number,
  about: (figure: string) => string,
): Generator<Stat> {
  const cacheReads = asCount(usage.cache_read_input_tokens) ?? 0;
  const cacheWrites = asCount(usage.cache_creation_input_tokens) ?? 0;
  const input = (asCount(usage.input_tokens) ?? 0) + cacheWrites;
  const kept = cacheWrites > 0 ? FIGURE_TEXT.cacheWritten(formatNumber(cacheWrites)) : "";
  if (input > 0)
    yield [FIGURE_TEXT.input(formatNumber(input)), FIGURE_TEXT.inputTitle(formatNumber(input)) + kept];
  if (output > 0)
    yield [
      about(FIGURE_TEXT.output(formatNumber(output))),
      about(FIGURE_TEXT.outputTitle(formatNumber(output))),
    ];
  if (cacheReads > 0)
    yield [FIGURE_TEXT.cached(formatNumber(cacheReads)), FIGURE_TEXT.cachedTitle(formatNumber(cacheReads))];
  const wait = (firstTextAt ?? Number.NaN) - began;
  if (wait >= MIN_SHOWN_WAIT_SECONDS) {
    const seconds = formatPreciseDuration(wait);
    yield [FIGURE_TEXT.first(seconds), FIGURE_TEXT.firstTitle(seconds)];
  }
}

function isWrittenByClaude({ type }: Block): boolean {
  return !isResult(type);
}

function estimateTokens(blocks: readonly Block[]): number {
  const chars = blocks.filter(isWrittenByClaude).reduce((sum, { length }) => sum + length, 0);
  return Math.ceil(chars / CHARS_PER_TOKEN);
}

/**
 * Sum up the seconds in which Claude wrote, without the time of tools and of waiting. Return NaN if the sum
 * is too small to compute a speed.
 */
function writingSeconds(blocks: readonly Block[], now: number): number {
  const seconds = blocks
    .filter(isWrittenByClaude)
    .reduce((sum, { openedAt, closedAt }) => sum + ((closedAt ?? now) - openedAt), 0);
  return seconds >= MIN_WRITING_SECONDS ? seconds : Number.NaN;
}

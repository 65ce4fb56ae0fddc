/** What a reply takes: tokens, seconds, dollars. Short for the line, in full words for who points at it. */

import { type Block, isRunning, type Reply, type Turn } from "../../core/transcript.ts";
import { element, setAttribute } from "../base/dom.ts";
import { formatDuration, formatPreciseDuration } from "../base/duration.ts";
import { asCount } from "../base/untrusted.ts";
import { isResult } from "../tool-call/card.ts";

/** Characters of English a token stands for, about: the API counts exactly only at the end. */
const CHARACTERS_A_TOKEN = 4;

/** Seconds of writing that a speed can be told from. */
const SPEED_AFTER = 0.5;

type Answered = Turn & { readonly reply: Reply };
type Figure = readonly [short: string, full: string];

export class ReplyStats {
  readonly element = element("span", "nbstream-figures", { "aria-live": "off" });

  /** `before` stands first; `now` is the kernel's clock. */
  paint(turn: Answered | undefined, before = "", now = 0): void {
    const figures = turn ? [...figuresOf(turn, now)].filter(([short]) => short) : [];
    if (this.element.textContent !== before + figures.map(([short]) => ` · ${short}`).join("")) {
      const nodes = figures.flatMap(([short]) => [" · ", element("span", "nbstream-figure", {}, short)]);
      this.element.replaceChildren(before, ...nodes);
    }
    setAttribute(this.element, "title", figures.map(([, full]) => full).join("\n") || undefined);
  }
}

function* figuresOf(turn: Answered, now: number): Generator<Figure> {
  const { reply } = turn;
  const counted = asCount(reply.usage.output_tokens);
  // Until the last event the API has counted only what it had sent by the first.
  const exact = reply.status === "done" && counted !== undefined;
  const guess = tokensIn(turn.blocks);
  const tokens = exact ? counted : Math.max(guess, isRunning(reply) ? 0 : (counted ?? 0));
  const about = exact ? "" : "about ";
  const end = reply.ended ?? now;
  if (isRunning(reply)) {
    if (tokens > 0)
      yield [
        `${about}${number(tokens)} tokens`,
        `${number(tokens)} tokens so far, by the length of what came`,
      ];
  } else yield* counts(reply, tokens, about);
  const speed = tokens / writing(turn.blocks, end);
  if (reply.first !== undefined && Number.isFinite(speed) && speed >= 1)
    yield [`${Math.round(speed)} tokens/s`, `${Math.round(speed)} tokens a second while Claude wrote`];
  const seconds = formatDuration(Math.round(end - reply.began));
  yield [seconds, `${seconds} ${isRunning(reply) ? "so far" : "from question to end"}`];
  if (reply.cost === undefined) return;
  // Since the kernel last said what it costs.
  const unpaid = Math.max(0, guess - Math.ceil(reply.counted / CHARACTERS_A_TOKEN));
  const dollars = reply.cost + (isRunning(reply) ? ((reply.rate ?? 0) * unpaid) / 1_000 : 0);
  const price = `${about}$${dollars.toFixed(dollars < 1 ? 4 : 2)}`;
  yield [price, `${price} by the list prices, as an estimate`];
}

/** What the API counted, each of its kinds by itself: what is read from the cache is not in what is sent. */
function* counts({ usage, began, first }: Reply, out: number, about: string): Generator<Figure> {
  const [read, kept] = [
    asCount(usage.cache_read_input_tokens) ?? 0,
    asCount(usage.cache_creation_input_tokens) ?? 0,
  ];
  const sent = (asCount(usage.input_tokens) ?? 0) + kept;
  const keeps = kept > 0 ? `, ${number(kept)} of them kept in the cache` : "";
  if (sent > 0) yield [`${number(sent)} in`, `${number(sent)} tokens sent to Claude${keeps}`];
  if (out > 0) yield [`${about}${number(out)} out`, `${about}${number(out)} tokens written by Claude`];
  if (read > 0) yield [`${number(read)} cached`, `${number(read)} tokens read from the cache`];
  const wait = (first ?? Number.NaN) - began;
  if (wait >= 0)
    yield [
      `first after ${formatPreciseDuration(wait)}`,
      `Claude began to write after ${formatPreciseDuration(wait)}`,
    ];
}

function isClaudes({ type }: Block): boolean {
  return !isResult(type);
}

function tokensIn(blocks: readonly Block[]): number {
  const characters = blocks.filter(isClaudes).reduce((sum, { length }) => sum + length, 0);
  return Math.ceil(characters / CHARACTERS_A_TOKEN);
}

/** Seconds in which Claude wrote: not those of tools, or of waiting for the next request. */
function writing(blocks: readonly Block[], now: number): number {
  const seconds = blocks
    .filter(isClaudes)
    .reduce((sum, { openedAt, closedAt }) => sum + ((closedAt ?? now) - openedAt), 0);
  return seconds >= SPEED_AFTER ? seconds : Number.NaN;
}

function number(value: number): string {
  return value.toLocaleString("en");
}

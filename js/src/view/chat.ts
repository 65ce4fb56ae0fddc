/** View of a chat in one output: the conversation, the status line and the message box. */

import type { CommandSender } from "../chat/commands.ts";
import type { Connection } from "../chat/connection.ts";
import type { View } from "../chat/painter.ts";
import { CHAT_TEXT } from "../core/page-text.ts";
import { isRunning } from "../core/reply.ts";
import { lastReply, lengthOf, type QueuedMessage, type Transcript } from "../core/transcript.ts";
import { isTyped } from "../core/turn-text.ts";
import { Announcer } from "./base/announcer.ts";
import { keepFocus } from "./base/button.ts";
import { element, focusedElement, setAttribute } from "./base/dom.ts";
import { openDetailsForPrint } from "./base/print.ts";
import { ScheduledWork } from "./base/scheduled-work.ts";
import { asLine, asText } from "./base/untrusted.ts";
import { watchVisibility } from "./base/visibility.ts";
import { type ChatOffer, ComposerArea } from "./composer/composer-area.ts";
import { type Assets, NO_ASSETS } from "./markdown/assets.ts";
import type { RenderEnvironment } from "./markdown/context.ts";
import { StatusLine } from "./status/status-line.ts";
import { ScrollBox } from "./turns/scroll-box.ts";
import { TurnKeys } from "./turns/turn-keys.ts";
import { Turns } from "./turns/turns.ts";

/** Length of the chat's name, which screen readers read out when the focus comes into the chat. */
const MAX_NAME_CHARS = 80;

/** Interval at which the seconds in the status line are updated when no frames come. */
const CLOCK_MS = 1_000;

export class ChatView implements View {
  isVisible = true;
  readonly composerArea: ComposerArea;
  readonly #root: HTMLElement;
  readonly #scrollBox: ScrollBox;
  readonly #announcer: Announcer;
  readonly #statusLine: StatusLine;
  readonly #turns: Turns;
  readonly #turnKeys: TurnKeys;
  readonly #connection: Connection;
  readonly #scheduledWork: ScheduledWork;
  /** Whether the reply was running at the last paint, or had ended and was not painted to its end. */
  #wasRunning = false;
  #paintedAt = -Number.POSITIVE_INFINITY;

  constructor(
    el: HTMLElement,
    connection: Connection,
    signal: AbortSignal,
    assets: Assets = NO_ASSETS,
    host: Pick<RenderEnvironment, "insertCode" | "drawDiagram"> = {},
    offer: ChatOffer = {},
  ) {
    const { commands, transcript } = connection;
    this.#connection = connection;
    this.#scheduledWork = new ScheduledWork(
      () => connection.requestPaint(),
      () => isRunning(lastReply(transcript)?.reply),
    );
    const schedule = (work: () => void) => this.#scheduledWork.add(work);
    this.#scrollBox = new ScrollBox(signal);
    this.#announcer = new Announcer(schedule);
    this.composerArea = new ComposerArea(commands, transcript, offer);
    this.#statusLine = new StatusLine(
      () => this.#stop(),
      () => this.#move(),
      this.composerArea.buttons,
    );
    const announce = (text: string) => this.#announcer.add(text);
    const isOpening = () => !this.#scrollBox.hasGrown;
    this.#turns = this.#createTurns(commands, { ...host, assets, schedule, announce, isOpening });
    const parts = [this.#scrollBox, this.#statusLine, this.composerArea, this.#announcer];
    this.#root = element(
      "div",
      "nbstream",
      { tabindex: "-1", role: "group" },
      ...parts.map((part) => part.element),
    );
    this.#turnKeys = new TurnKeys(
      this.#root,
      this.#scrollBox.log,
      () => this.composerArea.focus(),
      schedule,
      signal,
    );
    this.composerArea.acceptDrops(this.#root);
    this.#root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#stop()) event.stopPropagation();
    });
    el.append(this.#root);
    // The chat must be removed here, because the host keeps the output's element for as long as the model
    // (ipywidgets does so in `state_change`).
    signal.addEventListener("abort", () => this.#root.remove());
    watchVisibility(
      this.#root,
      (isVisible) => {
        this.isVisible = isVisible;
        if (isVisible) connection.requestPaint();
      },
      signal,
    );
    this.#startClock(signal);
    openDetailsForPrint(this.#root, signal);
  }

  paint(transcript: Transcript, budgetMs = Number.POSITIVE_INFINITY): number {
    this.#paintedAt = performance.now();
    const now = Date.now() / 1000;
    const focused = focusedElement(this.#root);
    const { link, commands } = this.#connection;
    const { pendingAction, sending } = commands;
    // While a message is on its way to the kernel, the turn before the message offers no actions. A command
    // about that turn would come too late.
    const latest = link.isAtRest ? "lost" : pendingAction || sending.length > 0 ? "asked" : "latest";
    const isReplyRunning = isRunning(lastReply(transcript)?.reply);
    const isEmpty = transcript.turns.length === 0;
    this.#root.classList.toggle("nbstream-empty", isEmpty);
    setAttribute(this.#scrollBox.element, "hidden", isEmpty ? "" : undefined);
    let remaining = 0;
    this.#scrollBox.update(() => {
      const deadlineMs = this.#paintedAt + budgetMs;
      remaining = this.#turns.paint(transcript, now, deadlineMs, latest);
      this.#paintStatus(transcript, now);
      this.#scheduledWork.run(deadlineMs);
      this.#turnKeys.update();
      // If the user switched between versions, the box keeps its scroll position, because the user looks at
      // the turn from which the versions differ.
      return isReplyRunning || !this.#turns.hasSwitchedVersion;
    }, isReplyRunning);
    this.#settle(transcript, !isReplyRunning && remaining === 0, focused);
    setAttribute(this.#root, "aria-label", CHAT_TEXT.chat(firstQuestion(transcript)));
    this.composerArea.paint(transcript, link.isAtRest);
    // The last blocks of a reply come together with its end, so they are announced if the reply was running
    // at the last paint. Blocks of a reply that had ended before are not announced.
    this.#announcer.flush(isReplyRunning || this.#wasRunning);
    this.#wasRunning = isReplyRunning || (this.#wasRunning && remaining > 0);
    if (focused) keepFocus(this.#root, focused, this.#scrollBox.log);
    return remaining;
  }

  prepare(transcript: Transcript, deadlineMs: number): number {
    return this.#turns.prepare(transcript, deadlineMs);
  }

  #paintStatus(transcript: Transcript, now: number): void {
    const { link, commands } = this.#connection;
    // In a comparison, the figures stand below the name of the model. A lost chat and a notice concern all answers.
    const isApart = link.state === "lost" || transcript.notice || this.#root.closest(".nbstream-comparison");
    const row = isApart ? undefined : this.#turns.rowOf(lastReply(transcript)?.id);
    this.#statusLine.place(row, this.#scrollBox.element);
    this.#statusLine.paint(transcript, now, commands.pendingAction, link);
  }

  #settle({ turns }: Transcript, isFinished: boolean, focused: Element | undefined): void {
    const chars = turns.reduce((sum, turn) => sum + lengthOf(turn), 0);
    const isAsked = this.composerArea.element.contains(focused ?? null);
    this.#scrollBox.settle(isFinished && turns.length > 0, chars, isAsked);
  }

  takeBack(messages: readonly QueuedMessage[], all: boolean): ReadonlySet<string> {
    return this.composerArea.takeBack(messages, all);
  }

  /** Continue the conversation after its kernel has ended. The pressed button is removed from the page. */
  #move(): void {
    this.#connection.move();
    this.#focusLog();
  }

  /** Stop the running reply. Return whether a reply was running. */
  #stop(): boolean {
    const { transcript, commands } = this.#connection;
    const turn = lastReply(transcript);
    if (!turn || !isRunning(turn.reply)) return false;
    this.#statusLine.markStopping(turn.id);
    commands.stop();
    this.#connection.requestPaint();
    return true;
  }

  #focusLog(): void {
    this.#scrollBox.log.focus({ preventScroll: true });
  }

  #createTurns(commands: CommandSender, environment: RenderEnvironment): Turns {
    return new Turns(
      this.#scrollBox.log,
      environment,
      (kind, turn) => {
        commands.requestAgain(kind, turn);
        // The pressed button has the focus and will be removed from the page.
        this.#focusLog();
      },
      (call, run, always) => commands.approve(call, run, always),
      {
        selectVersion: (turn) => commands.selectVersion(turn),
        edit: (turn, text, drops) => {
          commands.prompt(text, [], turn, drops);
          this.#focusLog();
        },
      },
    );
  }

  #startClock(signal: AbortSignal): void {
    const clock = setInterval(() => {
      // The last paint came up to one animation frame after the tick that asked for it, so less than an
      // interval has passed since that paint. If a whole interval were required here, every other tick would
      // be skipped.
      const isQuiet = performance.now() - this.#paintedAt >= CLOCK_MS / 2;
      const { transcript, link } = this.#connection;
      // A kernel to continue in may come and go.
      const isNeeded = isQuiet && this.isVisible && (link.state === "lost" || hasRunningClock(transcript));
      if (isNeeded) this.#connection.requestPaint();
    }, CLOCK_MS);
    signal.addEventListener("abort", () => clearInterval(clock));
  }
}

/** Return the start of the first message, by which the user tells this chat from others. */
function firstQuestion({ turns }: Transcript): string {
  const block = turns.find(({ role }) => role === "user")?.blocks.find(isTyped);
  return asText(asLine(block?.parts[0]), MAX_NAME_CHARS);
}

/**
 * Whether the page shows seconds that must be updated even when no frames come: the duration of a reply, or
 * the time until a retry is allowed.
 */
function hasRunningClock(transcript: Transcript): boolean {
  const reply = lastReply(transcript)?.reply;
  if (isRunning(reply)) return true;
  const now = Date.now() / 1000;
  // Repaint once more after the retry delay, so that the label changes to "You can retry now".
  return reply?.retryAt !== undefined && now - transcript.skew < reply.retryAt + (2 * CLOCK_MS) / 1_000;
}

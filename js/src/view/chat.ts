/** One output that shows the chat: the conversation, the state line, the message box. */

import type { CommandSender } from "../chat/commands.ts";
import type { Connection } from "../chat/connection.ts";
import { runGuarded } from "../chat/guard.ts";
import type { View } from "../chat/painter.ts";
import { isRunning, lastReply, type Transcript } from "../core/transcript.ts";
import { Announcer } from "./base/announcer.ts";
import { element, focusedElement, setAttribute } from "./base/dom.ts";
import { ComposerArea } from "./composer/composer-area.ts";
import { type Assets, NO_ASSETS } from "./markdown/assets.ts";
import type { RenderEnvironment } from "./markdown/context.ts";
import { StatusLine } from "./status/status-line.ts";
import { ScrollBox } from "./turns/scroll-box.ts";
import { Turns } from "./turns/turns.ts";

/** How far out of sight a view is still kept up to date, so that scrolling to it shows it as it is. */
const NEAR = "50%";

/** Milliseconds of a frame for what is due beside the text; the rest comes with the next update. */
const BESIDE = 12;

/** The seconds in the state line go on where nothing else comes; beside frames they would take an update from them. */
const CLOCK = 1_000;

export class ChatView implements View {
  isVisible = true;
  readonly #reading: ScrollBox;
  readonly #announcer: Announcer;
  readonly #surroundings: RenderEnvironment;
  readonly #state: StatusLine;
  readonly composerArea: ComposerArea;
  readonly #turns: Turns;
  readonly #commands: CommandSender;
  /** Changes of the page that are due: colours, formulas, late definitions. */
  readonly #due: (() => void)[] = [];
  readonly #repaint: () => void;
  #running = false;
  #paintedAt = -Number.POSITIVE_INFINITY;

  constructor(
    el: HTMLElement,
    connection: Connection,
    signal: AbortSignal,
    assets: Assets = NO_ASSETS,
    insertCode?: RenderEnvironment["insertCode"],
    suggestions: readonly string[] = [],
  ) {
    const { commands } = connection;
    this.#commands = commands;
    const stop = () => {
      const turn = lastReply(connection.transcript);
      if (!turn || !isRunning(turn.reply)) return false;
      this.#state.markStopping(turn.id);
      commands.stop();
      connection.requestPaint();
      return true;
    };
    this.#repaint = () => connection.requestPaint();
    const schedule = (work: () => void) => {
      this.#due.push(work);
      this.#repaint();
    };
    this.#reading = new ScrollBox(signal);
    this.#announcer = new Announcer(schedule);
    this.#surroundings = {
      assets,
      schedule,
      announce: (text) => this.#announcer.add(text),
      insertCode,
    };
    this.#state = new StatusLine(stop);
    this.#turns = this.#newTurns(commands);
    this.composerArea = new ComposerArea(commands, connection.transcript, suggestions);
    const root = element("div", "nbstream", { tabindex: "-1" }, this.#reading.element, this.#state.element);
    root.append(this.composerArea.element, this.#announcer.element);
    this.composerArea.acceptDrops(root);
    root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && stop()) event.stopPropagation();
    });
    el.append(root);
    this.#watch(root, connection, signal);
  }

  paint(transcript: Transcript, budget = Number.POSITIVE_INFINITY): number {
    this.#paintedAt = performance.now();
    const now = Date.now() / 1000;
    const root = this.#reading.element.parentElement;
    const focused = focusedElement(root);
    const { pendingAction, sending } = this.#commands;
    // While a message is on its way, what is asked of the turn before would come too late.
    const latest = pendingAction || sending.length > 0 ? "asked" : "latest";
    const running = isRunning(lastReply(transcript)?.reply);
    setAttribute(this.#reading.element, "hidden", transcript.turns.length > 0 ? undefined : "");
    let left = 0;
    this.#reading.update(() => {
      left = this.#turns.paint(transcript, now, this.#paintedAt + budget, latest);
      this.#doWhatIsDue();
      // Who goes between versions looks at them from where they begin to differ.
      return running || !this.#turns.hasSwitchedVersion;
    });
    this.#state.paint(transcript, now, pendingAction);
    this.composerArea.paint(transcript);
    // The last blocks come with the end. What was over before this view saw it is read, not heard.
    this.#announcer.flush(running || this.#running);
    this.#running = running || (this.#running && left > 0);
    const lost = focused && (!focused.isConnected || focused.matches(":disabled"));
    if (lost && (focusedElement(root) ?? focused) === focused)
      this.#reading.log.focus({ preventScroll: true });
    return left;
  }

  #newTurns(commands: CommandSender): Turns {
    // What was pressed is about to go, and the focus with it.
    const leave = () => this.#reading.log.focus({ preventScroll: true });
    return new Turns(
      this.#reading.log,
      this.#surroundings,
      (kind, turn) => {
        commands.requestAgain(kind, turn);
        leave();
      },
      (call, run) => commands.approve(call, run),
      {
        selectVersion: (turn) => commands.selectVersion(turn),
        edit: (turn, text) => {
          commands.prompt(text, [], turn);
          leave();
        },
      },
    );
  }

  #doWhatIsDue(): void {
    const end = performance.now() + BESIDE;
    while (this.#due.length > 0 && performance.now() < end) runGuarded(this.#due.shift() ?? (() => {}));
    if (this.#due.length > 0) this.#repaint();
  }

  #watch(root: HTMLElement, connection: Connection, signal: AbortSignal): void {
    const observer = new IntersectionObserver(
      (entries) => {
        this.isVisible = entries.at(-1)?.isIntersecting ?? false;
        if (this.isVisible) connection.requestPaint();
      },
      { rootMargin: NEAR },
    );
    observer.observe(root);
    const clock = setInterval(() => {
      // Its own last update came a frame after its last turn: a whole second would let every other second pass.
      const quiet = performance.now() - this.#paintedAt >= CLOCK / 2;
      if (quiet && this.isVisible && counts(connection.transcript, Date.now() / 1000))
        connection.requestPaint();
    }, CLOCK);
    // On paper nothing can be opened.
    const opened = new Set<HTMLDetailsElement>();
    addEventListener(
      "beforeprint",
      () => {
        for (const closed of root.querySelectorAll<HTMLDetailsElement>("details:not([open])"))
          opened.add(closed);
        for (const details of opened) details.open = true;
      },
      { signal },
    );
    addEventListener(
      "afterprint",
      () => {
        for (const details of opened) details.open = false;
        opened.clear();
      },
      { signal },
    );
    signal.addEventListener("abort", () => {
      // Hosts keep the output's element for as long as the model (ipywidgets: in `state_change`).
      root.remove();
      observer.disconnect();
      clearInterval(clock);
    });
  }
}

/** Some seconds on the page go on by themselves: a reply's, or those until it may be asked again. */
function counts(transcript: Transcript, now: number): boolean {
  const reply = lastReply(transcript)?.reply;
  if (isRunning(reply)) return true;
  // Once more when the time is over: to say so.
  return reply?.retryAt !== undefined && now - transcript.skew < reply.retryAt + (2 * CLOCK) / 1_000;
}

/** One output that shows the chat: the conversation, the state line, the message box. */

import type { Connection, View } from "../connection.ts";
import type { Asking } from "../core/breaks.ts";
import { isRunning, lastReply, type Transcript, textOf } from "../core/transcript.ts";
import { guarded } from "../guard.ts";
import { Announcer } from "./announcer.ts";
import type { Approve } from "./call.ts";
import { Composer } from "./composer.ts";
import { element, focusedIn } from "./dom.ts";
import type { Ask, Place } from "./ending.ts";
import type { Surroundings } from "./markdown/document.ts";
import { NO_PARTS, type Parts } from "./markdown/parts.ts";
import { ReadingBox } from "./reading.ts";
import { StateLine } from "./state-line.ts";
import { heft, TurnView } from "./turn.ts";

/** How far out of sight a view is still kept up to date, so that scrolling to it shows it as it is. */
const NEAR = "50%";

/** Milliseconds of a frame for what is due beside the text; the rest comes with the next update. */
const BESIDE = 12;

/** The seconds in the state line go on where nothing else comes; beside frames they would take an update from them. */
const CLOCK = 1_000;

export class ChatView implements View {
  seen = true;
  readonly #reading: ReadingBox;
  readonly #announcer: Announcer;
  readonly #surroundings: Surroundings;
  readonly #state: StateLine;
  readonly #composer: Composer;
  readonly #turns: TurnView[] = [];
  /** Changes of the page that are due: colours, formulas, late definitions. */
  readonly #due: (() => void)[] = [];
  readonly #repaint: () => void;
  readonly #ask: Ask;
  readonly #approve: Approve;
  readonly #asked: () => Asking | undefined;
  #running = false;
  #paintedAt = Number.NEGATIVE_INFINITY;

  constructor(
    el: HTMLElement,
    connection: Connection,
    signal: AbortSignal,
    parts: Parts = NO_PARTS,
    insert?: Surroundings["insert"],
  ) {
    const stop = () => {
      const turn = lastReply(connection.transcript);
      if (!turn || !isRunning(turn.reply)) return false;
      this.#state.stopping(turn.id);
      connection.wishes.stop();
      connection.repaint();
      return true;
    };
    this.#repaint = () => connection.repaint();
    const later = (work: () => void) => {
      this.#due.push(work);
      this.#repaint();
    };
    this.#asked = () => connection.wishes.asked;
    this.#ask = (kind, turn) => {
      connection.wishes.again(kind, turn);
      // The button is about to go, and the focus with it.
      this.#reading.box.focus({ preventScroll: true });
    };
    this.#approve = (call, run) => connection.wishes.approve(call, run);
    this.#reading = new ReadingBox(signal);
    this.#announcer = new Announcer(later);
    this.#surroundings = {
      parts,
      later,
      say: (text) => this.#announcer.add(text),
      insert,
    };
    this.#state = new StateLine(stop);
    this.#composer = new Composer(
      (text) => connection.wishes.prompt(text),
      () => connection.transcript.turns.filter(({ role }) => role === "user").map((turn) => textOf(turn)),
    );
    const root = element("div", "nbstream", { tabindex: "-1" });
    root.append(this.#reading.element, this.#state.element, this.#composer.element, this.#announcer.element);
    root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && stop()) event.stopPropagation();
    });
    el.append(root);
    this.#watch(root, connection, signal);
  }

  paint(transcript: Transcript, budget = Number.POSITIVE_INFINITY): number {
    this.#paintedAt = performance.now();
    const now = Date.now() / 1000;
    const focused = focusedIn(this.#reading.element.parentElement);
    const asked = this.#asked();
    let left = 0;
    this.#reading.change(() => {
      left = this.#paintTurns(transcript, now, this.#paintedAt + budget, asked ? "asked" : "latest");
      this.#doWhatIsDue();
    });
    this.#state.paint(transcript, now, asked);
    const running = isRunning(lastReply(transcript)?.reply);
    this.#composer.paint(running || asked !== undefined);
    // The last blocks come with the end. What was over before this view saw it is read, not heard.
    this.#announcer.flush(running || this.#running);
    this.#running = running || (this.#running && left > 0);
    if (focused && (!focused.isConnected || focused.matches(":disabled")))
      this.#reading.box.focus({ preventScroll: true });
    return left;
  }

  /** In order: no turn is begun before the one above it is whole. Gives what is left. */
  #paintTurns(transcript: Transcript, now: number, until: number, latest: Place): number {
    let left = 0;
    for (const [index, turn] of transcript.turns.entries()) {
      const made = this.#turns[index];
      if (left > 0 || (!made && performance.now() >= until)) {
        left += heft(turn);
        continue;
      }
      const view = made ?? this.#add(new TurnView(turn, this.#surroundings, this.#ask, this.#approve));
      const place = index === transcript.turns.length - 1 ? latest : "past";
      guarded(() => {
        left = view.paint(turn, (at) => now - transcript.skew - at, place, until);
      });
    }
    return left;
  }

  #doWhatIsDue(): void {
    const end = performance.now() + BESIDE;
    while (this.#due.length > 0 && performance.now() < end) guarded(this.#due.shift() ?? (() => {}));
    if (this.#due.length > 0) this.#repaint();
  }

  #add(view: TurnView): TurnView {
    this.#turns.push(view);
    this.#reading.box.append(view.element);
    return view;
  }

  #watch(root: HTMLElement, connection: Connection, signal: AbortSignal): void {
    const observer = new IntersectionObserver(
      (entries) => {
        this.seen = entries.at(-1)?.isIntersecting ?? false;
        if (this.seen) connection.repaint();
      },
      { rootMargin: NEAR },
    );
    observer.observe(root);
    const clock = setInterval(() => {
      // Its own last update came a frame after its last turn: a whole second would let every other second pass.
      const quiet = performance.now() - this.#paintedAt >= CLOCK / 2;
      if (quiet && this.seen && counts(connection.transcript, Date.now() / 1000)) connection.repaint();
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

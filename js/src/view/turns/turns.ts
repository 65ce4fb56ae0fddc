/** The turns in sight, in their order: those of another version leave the page, those that come are painted whole. */

import { runGuarded } from "../../chat/guard.ts";
import { isRunning, lastReply, type Transcript, type Turn } from "../../core/transcript.ts";
import type { RenderEnvironment } from "../markdown/context.ts";
import type { Approve } from "../tool-call/card.ts";
import { paintCost, TurnView } from "./turn.ts";
import type { Ask, Place } from "./turn-end.ts";
import { type Step, type TurnActions, TurnToolbar } from "./turn-toolbar.ts";

interface Shown {
  readonly view: TurnView;
  readonly tools: TurnToolbar;
}

export class Turns {
  /** Other versions left the page with the latest paint. */
  hasSwitchedVersion = false;
  readonly #box: HTMLElement;
  readonly #surroundings: RenderEnvironment;
  readonly #ask: Ask;
  readonly #approve: Approve;
  readonly #acts: TurnActions;
  /** By the turns' ids, in the order on the page. What is out of sight is made anew when it comes back. */
  readonly #shown = new Map<string, Shown>();
  /** What all the tools were told last; a long conversation has many of them. */
  #told: { readonly turns: readonly Turn[]; readonly idle: boolean } | undefined;
  /** What had the focus in a version that left, and is to have it in the one that comes. */
  #focus: Step | undefined;

  constructor(
    box: HTMLElement,
    surroundings: RenderEnvironment,
    ask: Ask,
    approve: Approve,
    acts: TurnActions,
  ) {
    this.#box = box;
    this.#surroundings = surroundings;
    this.#ask = ask;
    this.#approve = approve;
    this.#acts = acts;
  }

  /** In order: no turn is begun before the one above it is whole. Gives what is left. */
  paint(transcript: Transcript, now: number, until: number, latest: Place): number {
    const { turns } = transcript;
    this.#leave(turns);
    const idle = latest === "latest" && !isRunning(lastReply(transcript)?.reply);
    const told = turns === this.#told?.turns && idle === this.#told.idle;
    let left = 0;
    for (const turn of turns) {
      const made = this.#shown.get(turn.id);
      if (left > 0 || (!made && performance.now() >= until)) {
        left += paintCost(turn);
        continue;
      }
      const { view, tools } = made ?? this.#add(turn);
      const place = turn === turns.at(-1) ? latest : "past";
      runGuarded(() => {
        left = view.paint(turn, (at) => now - transcript.skew - at, place, until);
        if (!made || !told) tools.paint(transcript, idle);
      });
      if (!made && this.#focus) tools.focusStep(this.#focus);
      if (!made) this.#focus = undefined;
    }
    this.#told = left > 0 ? undefined : { turns, idle };
    return left;
  }

  /** Versions differ from one turn on, so what comes always comes behind what stays. */
  #leave(turns: readonly Turn[]): void {
    this.hasSwitchedVersion = false;
    const inSight = new Set(turns.map(({ id }) => id));
    for (const [id, { view, tools }] of this.#shown) {
      if (inSight.has(id)) continue;
      this.#focus ??= tools.focusedStep;
      this.hasSwitchedVersion = true;
      this.#shown.delete(id);
      view.element.remove();
    }
  }

  #add(turn: Turn): Shown {
    const view = new TurnView(turn, this.#surroundings, this.#ask, this.#approve);
    const shown = { view, tools: new TurnToolbar(turn, view.element, this.#acts) };
    this.#shown.set(turn.id, shown);
    this.#box.append(view.element);
    return shown;
  }
}

/**
 * Views of the visible turns, in their order. Turns of a version that is no longer shown are removed from the
 * page, and made again when the version is shown again.
 */

import { runGuarded } from "../../chat/guard.ts";
import { isRunning, lastReply, type Transcript, type Turn } from "../../core/transcript.ts";
import type { RenderEnvironment } from "../markdown/context.ts";
import type { Approve } from "../tool-call/card.ts";
import { paintCost, TurnView } from "./turn.ts";
import type { RequestAction, TurnPlace } from "./turn-end.ts";
import { type Step, type TurnActions, TurnToolbar } from "./turn-toolbar.ts";

interface ShownTurn {
  readonly view: TurnView;
  readonly toolbar: TurnToolbar;
}

export class Turns {
  /** Whether the latest paint removed turns that belong to another version. */
  hasSwitchedVersion = false;
  readonly #log: HTMLElement;
  readonly #environment: RenderEnvironment;
  readonly #requestAction: RequestAction;
  readonly #approve: Approve;
  readonly #actions: TurnActions;
  /** The turns on the page, by their ids, in the order on the page. */
  readonly #shown = new Map<string, ShownTurn>();
  /**
   * The state in which all toolbars were last painted. A long conversation has many toolbars, and most paints
   * change none of them.
   */
  #toolbarState: { readonly turns: readonly Turn[]; readonly isIdle: boolean } | undefined;
  /**
   * The step whose button had the focus in a turn that was removed. It is kept until the turn that replaces
   * it has the focus.
   */
  #focusedStep: Step | undefined;

  constructor(
    log: HTMLElement,
    environment: RenderEnvironment,
    requestAction: RequestAction,
    approve: Approve,
    actions: TurnActions,
  ) {
    this.#log = log;
    this.#environment = environment;
    this.#requestAction = requestAction;
    this.#approve = approve;
    this.#actions = actions;
  }

  /**
   * Paint the turns in order until the deadline. A turn is begun only when the turn above it is complete.
   *
   * @param now The page's clock, in seconds.
   * @param latest The place of the conversation's latest turn.
   * @returns How much is left, in the unit of `paintCost`.
   */
  paint(transcript: Transcript, now: number, deadlineMs: number, latest: TurnPlace): number {
    const { turns } = transcript;
    this.#removeHidden(turns);
    const isIdle = latest === "latest" && !isRunning(lastReply(transcript)?.reply);
    const { turns: paintedTurns, isIdle: wasIdle } = this.#toolbarState ?? {};
    const areToolbarsPainted = turns === paintedTurns && isIdle === wasIdle;
    let remaining = 0;
    for (const turn of turns) {
      const known = this.#shown.get(turn.id);
      if (remaining > 0 || (!known && performance.now() >= deadlineMs)) {
        remaining += paintCost(turn);
        continue;
      }
      const { view, toolbar } = known ?? this.#add(turn);
      const place = turn === turns.at(-1) ? latest : "past";
      runGuarded(() => {
        remaining = view.paint(turn, (at) => now - transcript.skew - at, place, deadlineMs);
        if (!known || !areToolbarsPainted) toolbar.paint(transcript, isIdle);
      });
      if (!known && this.#focusedStep) toolbar.focusStep(this.#focusedStep);
      if (!known) this.#focusedStep = undefined;
    }
    this.#toolbarState = remaining > 0 ? undefined : { turns, isIdle };
    return remaining;
  }

  /**
   * Remove the turns of versions that are not shown. Versions differ from one turn on, so all new turns come
   * after the turns that stay.
   */
  #removeHidden(turns: readonly Turn[]): void {
    this.hasSwitchedVersion = false;
    const visible = new Set(turns.map(({ id }) => id));
    for (const [id, { view, toolbar }] of this.#shown) {
      if (visible.has(id)) continue;
      this.#focusedStep ??= toolbar.focusedStep;
      this.hasSwitchedVersion = true;
      this.#shown.delete(id);
      view.element.remove();
    }
  }

  #add(turn: Turn): ShownTurn {
    const view = new TurnView(turn, this.#environment, this.#requestAction, this.#approve);
    const shown = { view, toolbar: new TurnToolbar(turn, view.element, this.#actions) };
    this.#shown.set(turn.id, shown);
    this.#log.append(view.element);
    return shown;
  }
}

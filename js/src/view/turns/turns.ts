/**
 * Views of the visible turns, in their order. Turns of a version that is no longer shown are removed from the
 * page, and made again when the version is shown again.
 */

import { runGuarded } from "../../chat/guard.ts";
import { isRunning } from "../../core/reply.ts";
import { lastReply, type Transcript, type Turn } from "../../core/transcript.ts";
import type { RenderEnvironment } from "../markdown/context.ts";
import type { Approve } from "../tool-call/card.ts";
import { paintCost, TurnView } from "./turn.ts";
import type { RequestAction, TurnPlace } from "./turn-end.ts";
import { TurnGroups } from "./turn-groups.ts";
import { type Step, type TurnActions, TurnToolbar } from "./turn-toolbar.ts";

interface ShownTurn {
  readonly view: TurnView;
  readonly toolbar: TurnToolbar;
}

/** What one paint has for all turns. */
interface Pass {
  readonly transcript: Transcript;
  readonly now: number;
  readonly deadlineMs: number;
  readonly latest: TurnPlace;
  readonly isIdle: boolean;
  readonly areToolbarsPainted: boolean;
}

export class Turns {
  /** Whether the latest paint removed turns that belong to another version. */
  hasSwitchedVersion = false;
  readonly #groups: TurnGroups;
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
  /** Whether the conversation has been opened. Another version of it begins with its first turn. */
  #hasBegun = false;
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
    this.#groups = new TurnGroups(log);
    this.#environment = environment;
    this.#requestAction = requestAction;
    this.#approve = approve;
    this.#actions = actions;
  }

  /**
   * Paint the turns in order until the deadline. A turn is begun only when the turn above it is complete. A
   * conversation that is opened begins with its last question, because its end is in sight; the turns above are put
   * there one by one, each when it is complete.
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
    const pass: Pass = { transcript, now, deadlineMs, latest, isIdle, areToolbarsPainted };
    const first = this.#firstIndex(turns);
    let remaining = this.#paintDown(pass, first);
    if (remaining === 0) remaining = this.#paintUp(pass, first);
    else remaining += costOf(turns.slice(0, first));
    this.#toolbarState = remaining > 0 ? undefined : { turns, isIdle };
    return remaining;
  }

  /**
   * Make the text of the last reply that the next `paint` shows, without a change of the page, until the deadline.
   * Return how much is left; infinity if that is not known.
   */
  prepare(transcript: Transcript, deadlineMs: number): number {
    const turn = lastReply(transcript);
    const shown = this.#shown.get(turn?.id ?? "");
    return turn && shown ? shown.view.prepare(turn, deadlineMs) : Number.POSITIVE_INFINITY;
  }

  /** Return the last row of a turn that is on the page. */
  rowOf(id: string | undefined): Element | undefined {
    return this.#shown.get(id ?? "")?.view.foot;
  }

  /** Paint the turns from this index to the end. Return how much of them is left. */
  #paintDown(pass: Pass, first: number): number {
    let remaining = 0;
    for (const turn of pass.transcript.turns.slice(first)) {
      const known = this.#shown.get(turn.id);
      if (remaining > 0 || (!known && performance.now() >= pass.deadlineMs)) {
        remaining += paintCost(turn);
        continue;
      }
      const shown = known ?? this.#create(turn);
      if (!known) this.#groups.append(shown.view.element);
      this.#hasBegun = true;
      remaining = paintTurn(pass, turn, shown, !known);
      if (!known && this.#focusedStep) shown.toolbar.focusStep(this.#focusedStep);
      if (!known) this.#focusedStep = undefined;
    }
    return remaining;
  }

  /** Put the turns before this index above the others, the nearest first. Return how much of them is left. */
  #paintUp(pass: Pass, first: number): number {
    const { turns } = pass.transcript;
    let index = first;
    for (; index > 0 && performance.now() < pass.deadlineMs; index--) {
      const turn = turns[index - 1] as Turn;
      const shown = this.#shown.get(turn.id) ?? this.#create(turn);
      const left = paintTurn(pass, turn, shown, true);
      if (left > 0) return left + costOf(turns.slice(0, index - 1));
      this.#groups.prepend(shown.view.element);
    }
    return costOf(turns.slice(0, index));
  }

  /** Find the first turn on the page, or, in a conversation that is opened, the one with which to begin. */
  #firstIndex(turns: readonly Turn[]): number {
    const found = turns.findIndex(({ id }) => this.#shown.get(id)?.view.element.parentNode);
    if (found >= 0) return found;
    if (this.#hasBegun) return 0;
    const question = turns.findLastIndex(({ role }) => role === "user");
    return question >= 0 ? question : Math.max(0, turns.length - 1);
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
      this.#groups.remove(view.element);
    }
  }

  #create(turn: Turn): ShownTurn {
    const view = new TurnView(turn, this.#environment, this.#requestAction, this.#approve);
    const shown = { view, toolbar: new TurnToolbar(turn, view.element, this.#actions) };
    this.#shown.set(turn.id, shown);
    return shown;
  }
}

/** Paint a turn until the deadline, and its toolbar if that may have changed. Return how much is left. */
function paintTurn(pass: Pass, turn: Turn, { view, toolbar }: ShownTurn, isNew: boolean): number {
  const { transcript, now, deadlineMs } = pass;
  const place = turn === transcript.turns.at(-1) ? pass.latest : "past";
  let left = 0;
  runGuarded(() => {
    left = view.paint(turn, (at) => now - transcript.skew - at, place, deadlineMs);
    if (isNew || !pass.areToolbarsPainted) toolbar.paint(transcript, pass.isIdle);
  });
  return left;
}

function costOf(turns: readonly Turn[]): number {
  return turns.reduce((sum, turn) => sum + paintCost(turn), 0);
}

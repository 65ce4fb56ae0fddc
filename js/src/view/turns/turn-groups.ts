/**
 * The turns of the conversation on the page, in groups. The browser skips the layout and the painting of a group that
 * is far from the user's sight, and a change at the end of the conversation does not touch each turn.
 */

import { element, setSkippedHeight } from "../base/dom.ts";

/** How many turns are in one group. With fewer, a long conversation has more groups than a group has turns. */
export const TURNS_PER_GROUP = 16;

/** Class of the groups that may be skipped: all but the last one, which grows. */
const PAST_CLASS = "nbstream-past";

export class TurnGroups {
  readonly #log: HTMLElement;

  constructor(log: HTMLElement) {
    this.#log = log;
  }

  append(turn: HTMLElement): void {
    const last = this.#log.lastElementChild as HTMLElement | null;
    if (last && !isFull(last)) {
      last.append(turn);
      return;
    }
    if (last) {
      // The group may be in sight, and must not change its height.
      setSkippedHeight(last, last.getBoundingClientRect().height);
      last.classList.add(PAST_CLASS);
    }
    this.#log.append(createGroup("", turn));
  }

  /** Put a turn above the others, where it is out of sight unless it is in the last group. */
  prepend(turn: HTMLElement): void {
    const first = this.#log.firstElementChild;
    if (!first) this.append(turn);
    else if (isFull(first)) this.#log.prepend(createGroup(PAST_CLASS, turn));
    else first.prepend(turn);
  }

  /** Remove a turn. One that is not on the page is left alone. */
  remove(turn: HTMLElement): void {
    const group = turn.parentElement;
    turn.remove();
    if (group?.childElementCount === 0) group.remove();
    this.#log.lastElementChild?.classList.remove(PAST_CLASS);
  }
}

function isFull(group: Element): boolean {
  return group.childElementCount >= TURNS_PER_GROUP;
}

/** Create a group. It is no part of the conversation for screen readers. */
function createGroup(className: string, turn: HTMLElement): HTMLElement {
  return element("div", `nbstream-turns ${className}`.trim(), { role: "presentation" }, turn);
}

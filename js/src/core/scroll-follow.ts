/** Whether a scrolled box follows the end of what grows in it: a decision on numbers. */

export interface Box {
  readonly top: number;
  readonly height: number;
  readonly content: number;
}

export interface Follow {
  readonly following: boolean;
  /** Where the box stood when this was decided. */
  readonly top: number;
}

/** Pixels from the end that still count as the end; browsers round scroll positions. */
const SLACK = 2;

/**
 * Decide from the box as it is now, in the same task that changes it, and not from scroll events: a piece of
 * text that lands between the reader's move and its event would otherwise be taken for the reader's wish.
 * Growing content leaves `top` alone, so only a reader makes it smaller; content that shrank keeps it at the end.
 */
export function decide(before: Follow, box: Box): Follow {
  const fromEnd = box.content - box.height - box.top;
  if (fromEnd <= SLACK) return { following: true, top: box.top };
  return { following: before.following && box.top >= before.top - SLACK, top: box.top };
}

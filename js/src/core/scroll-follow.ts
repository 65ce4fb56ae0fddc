/** Decision whether a scrolled box follows the end of its growing content, made from numbers alone. */

/** The box as the browser reports it, in pixels. */
export interface Box {
  readonly top: number;
  readonly height: number;
  readonly content: number;
}

export interface FollowState {
  readonly following: boolean;
  /** The scroll position, in pixels, at the time of the decision. */
  readonly top: number;
}

/** A box this close to its end counts as being at the end, because browsers round scroll positions. */
const SLACK_PIXELS = 2;

/**
 * Decide whether the box follows its end. Call this with the box as it is now, in the same task that changes
 * the content. A scroll event would come too late: text may arrive between the user's scrolling and its
 * event, and would then count as scrolling away. Growing content does not change `top`, so only the user
 * makes `top` smaller. Content that shrinks leaves the box at its end.
 */
export function decideFollow(before: FollowState, box: Box): FollowState {
  const fromEnd = box.content - box.height - box.top;
  if (fromEnd <= SLACK_PIXELS) return { following: true, top: box.top };
  return { following: before.following && box.top >= before.top - SLACK_PIXELS, top: box.top };
}

/** State of the page's link to the kernel or server that has its conversation: one value, and a table of changes. */

/**
 * "connected": the far side has the conversation. "away": the connection is cut, and may come back. "lost": the
 * far side has ended, and the conversation with it. "moving": the user has asked to continue in what came after
 * it. "moved": the conversation is there, in another connection.
 */
export type LinkState = "connected" | "away" | "lost" | "moving" | "moved";

export type LinkEvent = "cut" | "restored" | "vanished" | "move" | "refused" | "arrived";

const TRANSITIONS: Readonly<Record<LinkState, Readonly<Partial<Record<LinkEvent, LinkState>>>>> = {
  connected: { cut: "away", vanished: "lost" },
  away: { restored: "connected", vanished: "lost" },
  lost: { move: "moving" },
  moving: { refused: "lost", arrived: "moved" },
  moved: {},
};

/** Return the state after an event; undefined if the event changes nothing in this state. */
export function afterEvent(state: LinkState, event: LinkEvent): LinkState | undefined {
  return TRANSITIONS[state][event];
}

/** Whether the conversation has come to rest on the page, and takes no command. */
export function isAtRest(state: LinkState): boolean {
  return state === "lost" || state === "moving" || state === "moved";
}

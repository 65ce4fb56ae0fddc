/**
 * Store of this tab's conversation, for a page that is loaded again, and for a server that has lost it. A browser
 * that does not let the site store anything throws; nothing is kept then.
 */

import type { TurnRecord } from "../core/history.ts";

const ID_KEY = "nbstream-chat";
const TURNS_KEY = "nbstream-turns";

/** Return the id and the turns of the tab's conversation. */
export function stored(): { readonly id: string | undefined; readonly turns: readonly TurnRecord[] } {
  try {
    const turns: unknown = JSON.parse(sessionStorage.getItem(TURNS_KEY) ?? "[]");
    return { id: sessionStorage.getItem(ID_KEY) ?? undefined, turns: Array.isArray(turns) ? turns : [] };
  } catch {
    return { id: undefined, turns: [] };
  }
}

export function store(id: string, turns: readonly TurnRecord[]): void {
  try {
    sessionStorage.setItem(ID_KEY, id);
    if (turns.length > 0) sessionStorage.setItem(TURNS_KEY, JSON.stringify(turns));
  } catch {
    // The conversation is longer than the browser stores. A part of it would be worth nothing.
    clearStored(TURNS_KEY);
  }
}

/** Forget the conversation, or one part of it. */
export function clearStored(...keys: string[]): void {
  try {
    for (const key of keys.length > 0 ? keys : [ID_KEY, TURNS_KEY]) sessionStorage.removeItem(key);
  } catch {
    // Nothing was stored.
  }
}

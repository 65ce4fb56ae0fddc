/**
 * Table of the texts that the page writes into a notebook's file beside the conversations themselves. The twin of
 * `src/nbstream/core/saved/saved_notes.py`. It is a module of its own, because the page needs two of them before it
 * has fetched the asset that writes the file.
 */

export const UNFINISHED = "This answer was still being written when the notebook was saved.";
export const EMPTY = "Nothing had been said in this chat when the notebook was saved.";
export const ELSEWHERE = "This conversation stands in this notebook above.";

export const SPEAKERS = { user: "You", assistant: "Claude", system: "System" } as const;

export const CALLED = (call: string) => `called ${call}`;
export const RAN = (call: string, result: string) => `ran ${call} → ${result}`;
export const UNNAMED_TOOL = "a tool";

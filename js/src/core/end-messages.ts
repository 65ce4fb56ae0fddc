/** What a reader is told of an end, on the page and in the file; the twin of the same words in `written.py`. */

/** Ends that a reader must be told of; the others speak for themselves. */
export const NOTES: Readonly<Record<string, string>> = {
  max_tokens: "The answer reached max_tokens and breaks off here.",
  model_context_window_exceeded: "The conversation has filled the model's context window.",
  refusal:
    "Claude declined to go on with this. Your message and what came of the answer are left out of what is sent next.",
  user: "You stopped the answer here.",
  interrupt: "The kernel was interrupted; the answer stopped here.",
  closed: "The chat was closed, so the answer was stopped.",
  abandoned: "No page showed this answer for a while, so it was stopped.",
  budget: "The chat has spent its budget, so the answer was stopped.",
  rounds: "Claude has gone on with the results of its calls as often as one answer may, so it was stopped.",
};

export const UNFINISHED = "This answer was still being written when the notebook was saved.";
export const EMPTY = "Nothing had been said in this chat when the notebook was saved.";
export const ELSEWHERE = "This conversation stands in this notebook above.";

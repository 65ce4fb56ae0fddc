/**
 * The notes that stand in a notebook's file where an answer is incomplete, absent, or shown elsewhere. The twin of the
 * same constants in `src/nbstream/core/saved_output.py`. A module of its own, because the page needs two of them
 * before it has fetched the rest of the code that writes the file.
 */

export const UNFINISHED = "This answer was still being written when the notebook was saved.";
export const EMPTY = "Nothing had been said in this chat when the notebook was saved.";
export const ELSEWHERE = "This conversation stands in this notebook above.";

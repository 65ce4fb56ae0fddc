/**
 * Notes in a notebook's file for an answer that is incomplete, absent, or shown elsewhere. They are the twins
 * of the constants in `src/nbstream/core/saved/saved_output.py`. They have a module of their own, because the page
 * needs two of them before it has fetched the asset that writes the file.
 */

export const UNFINISHED = "This answer was still being written when the notebook was saved.";
export const EMPTY = "Nothing had been said in this chat when the notebook was saved.";
export const ELSEWHERE = "This conversation stands in this notebook above.";

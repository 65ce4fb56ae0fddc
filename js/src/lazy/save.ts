/**
 * The part that writes chats for the notebook's file, `static/save.js`: nothing on the page needs it, and a
 * page that does not write the file never fetches it.
 */

import { type OutputData, savedTurns, sideBySide, toOutput } from "../core/saved-output.ts";
import type { Turn } from "../core/transcript.ts";

/** The conversation of one chat, or those of some side by side, each with its name. */
export default function writeChats(
  chats: readonly (readonly [name: string, turns: readonly Turn[]])[],
): OutputData {
  const [first, ...more] = chats.map(([name, turns]) => [name, savedTurns(turns)] as const);
  return first && more.length === 0 && !first[0]
    ? toOutput(first[1])
    : sideBySide(first ? [first, ...more] : []);
}

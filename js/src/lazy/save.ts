/**
 * The asset that writes chats for the notebook's file, `static/save.js`. It is separate from the view,
 * because the view does not need it. A page that does not write the file never fetches it.
 */

import { type OutputData, savedTurns, sideBySide, toOutput } from "../core/saved/saved-output.ts";
import type { Turn } from "../core/transcript.ts";

/** Return the data of an output: one conversation, or several side by side under their names. */
export default function writeChats(
  chats: readonly (readonly [name: string, turns: readonly Turn[]])[],
): OutputData {
  const [first, ...more] = chats.map(([name, turns]) => [name, savedTurns(turns)] as const);
  return first && more.length === 0 && !first[0]
    ? toOutput(first[1])
    : sideBySide(first ? [first, ...more] : []);
}

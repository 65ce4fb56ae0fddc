/** What message boxes share: the sending of a message with its files, and the messages that were sent before. */

import type { CommandSender } from "../../chat/commands.ts";
import type { Transcript } from "../../core/transcript.ts";
import { typedTextOf } from "../../core/turn-text.ts";
import { type Attached, isFile } from "./attachments.ts";

/** Send a message with its files and variables; return the message's key. */
export function sendMessage(commands: CommandSender, text: string, attachments: readonly Attached[]): string {
  const files = attachments.filter(isFile).map(({ name, data }) => ({ name, data }));
  const variables = attachments.filter((one) => !isFile(one)).map(({ name }) => name);
  return commands.prompt(text, files, undefined, [], variables);
}

/** Return the texts of the messages that the user has sent, the oldest first. */
export function sentMessages({ turns }: Transcript): string[] {
  return turns.filter(({ role }) => role === "user").map(typedTextOf);
}

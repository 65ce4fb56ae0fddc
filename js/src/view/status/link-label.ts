/** Labels for a link to the kernel that is not in order. */

import type { Loss } from "../../transport/kernel-link.ts";

export const AWAY_LABEL = "No connection; trying again…";

const LOSS_LABELS: Readonly<Record<Loss, string>> = {
  kernel_restarted: "the kernel was restarted",
  kernel_ended: "the kernel has ended",
  server_forgot: "the server no longer has this chat",
};

/** Say how the far side was lost, in words that go on a sentence. */
export function lossLabel(loss: Loss | undefined): string {
  return LOSS_LABELS[loss ?? "kernel_ended"];
}

/** Labels for a link to the kernel that is not in order. */

import { LINK_TEXT } from "../../core/page-text.ts";
import type { Loss } from "../../transport/kernel-link.ts";

/** Say how the far side was lost, in words that go on a sentence. */
export function lossLabel(loss: Loss | undefined): string {
  return LINK_TEXT.losses[loss ?? "kernel_ended"];
}

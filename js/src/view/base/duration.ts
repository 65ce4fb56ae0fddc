/** Functions that format durations for people. */

import { UNIT_TEXT } from "../../core/page-text.ts";

/** Format a duration in whole seconds, rounded up. It reads 0 only when no time is left. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return whole < 120 ? UNIT_TEXT.seconds(whole) : UNIT_TEXT.minutes(Math.floor(whole / 60), whole % 60);
}

/** Format a duration. Below 10 s, tenths of a second are shown, because they matter there. */
export function formatPreciseDuration(seconds: number): string {
  return seconds < 10 ? UNIT_TEXT.seconds(seconds.toFixed(1)) : formatDuration(seconds);
}

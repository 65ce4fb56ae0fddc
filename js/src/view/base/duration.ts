/** Functions that format durations for people. */

/** Format a duration in whole seconds, rounded up. It reads 0 only when no time is left. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Format a duration. Below 10 s, tenths of a second are shown, because they matter there. */
export function formatPreciseDuration(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : formatDuration(seconds);
}

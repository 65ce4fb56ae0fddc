/** Durations as text for people. */

/** Format whole seconds, rounded up: the text says 0 only when no time is left. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Format a duration with tenths below 10 s, where they matter. */
export function formatPreciseDuration(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : formatDuration(seconds);
}

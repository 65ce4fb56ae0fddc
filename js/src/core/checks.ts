/** Checks of JSON values that came from outside: of their types, and of the fields of objects. */

/** Check of a value that came from outside. */
export type Check = (value: unknown) => boolean;

export const text: Check = (value) => typeof value === "string";
export const texts: Check = (value) => Array.isArray(value) && value.every(text);
export const position: Check = (value) => Number.isInteger(value) && (value as number) >= 0;
export const seconds: Check = (value) => typeof value === "number";
export const record: Check = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
export const oneOf =
  (...values: string[]): Check =>
  (value) =>
    values.includes(value as string);
export const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
export const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

/** Whether a value is an object whose fields pass their checks. It may have other fields too. */
export function matches(value: unknown, checks: Record<string, Check> | undefined): boolean {
  if (!checks || !record(value)) return false;
  return Object.entries(checks).every(([name, check]) => check((value as Record<string, unknown>)[name]));
}

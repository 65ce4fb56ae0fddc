/**
 * Frames about the notebook's variables, which a user can send with a message. This is the twin of
 * `src/nbstream/core/variable_frames.py`, which explains each field.
 */

import { type Check, matches, maybe, oneOf, position, text, texts } from "./checks.ts";

/** Page to kernel: send the variables with this text in their names. */
export interface ListVariables {
  readonly v: 1;
  readonly kind: "list_variables";
  readonly page: string;
  readonly key: string;
  readonly text: string;
}

/** Kernel to page: the variables that the page asked for; `more` counts those that are left out. */
export interface Variables {
  readonly kind: "variables";
  readonly to: string;
  readonly key: string;
  readonly names: readonly string[];
  readonly types: readonly string[];
  readonly more?: number;
}

/** Kernel to page: the message with this key was not taken, and can be sent again. */
export interface Refusal {
  readonly kind: "refusal";
  readonly to: string;
  readonly key: string;
  readonly reason: string;
}

const TO_PAGE: Record<string, Check> = { v: (value) => value === 1, to: text, key: text };
const VARIABLES = { ...TO_PAGE, kind: oneOf("variables"), names: texts, types: texts, more: maybe(position) };
const REFUSAL = { ...TO_PAGE, kind: oneOf("refusal"), reason: text };

export function isVariables(wire: unknown): wire is Variables {
  return matches(wire, VARIABLES);
}

export function isRefusal(wire: unknown): wire is Refusal {
  return matches(wire, REFUSAL);
}

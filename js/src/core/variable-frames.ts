/**
 * Frames about the notebook's variables, which a user can send with a message. This is the twin of
 * `src/nbstream/core/variable_frames.py`, which explains each field.
 */

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

const isText = (value: unknown) => typeof value === "string";
const areTexts = (value: unknown) => Array.isArray(value) && value.every(isText);

function fieldsOf(wire: unknown, kind: string): Record<string, unknown> | undefined {
  const fields = wire as Record<string, unknown> | null | undefined;
  const isKind = fields?.v === 1 && fields.kind === kind && isText(fields.to) && isText(fields.key);
  return isKind ? fields : undefined;
}

export function isVariables(wire: unknown): wire is Variables {
  const { names, types, more = 0 } = fieldsOf(wire, "variables") ?? {};
  return areTexts(names) && areTexts(types) && Number.isInteger(more);
}

export function isRefusal(wire: unknown): wire is Refusal {
  return isText(fieldsOf(wire, "refusal")?.reason);
}

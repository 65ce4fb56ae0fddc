/**
 * Control characters made visible, for text that is written to a terminal. The twin of
 * `src/nbstream/core/control_characters.py`, which explains the choice of characters.
 * `tests/fixtures/control_characters.json` tests both.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are the subject.
const OBEYED = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u206f]/g;

/** Replace every character that a terminal obeys by its escape; line feeds and tabs stay. */
export function escapeControls(text: string): string {
  return text.replace(OBEYED, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

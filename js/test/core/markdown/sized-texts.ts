/** Texts of a given length. */

export type Make = (size: number) => string;

export function times(unit: string): (size: number) => string {
  return (size) => unit.repeat(Math.ceil(size / unit.length)).slice(0, size);
}

export function numbered(unit: (n: number) => string): (size: number) => string {
  return (size) => {
    const parts: string[] = [];
    for (let length = 0, n = 0; length < size; n++) {
      const part = unit(n);
      parts.push(part);
      length += part.length;
    }
    return parts.join("");
  };
}

export const words = times("word ");
export const spaces = (size: number) => " ".repeat(Math.max(0, size));

/** Put text before and behind one that grows. */
export function within(before: string, make: Make, behind = ""): Make {
  return (size) => before + make(size - before.length - behind.length) + behind;
}

/** Two texts, each of half the length. */
export function halves(first: Make, second: Make): Make {
  return (size) => first(Math.floor(size / 2)) + second(Math.ceil(size / 2));
}

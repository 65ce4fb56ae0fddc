/** Id of a stream, and its address, made from the address to which requests for streams are sent. */

/** Add the stream's id at the end of the path, before any query or fragment. */
export function streamUrl(url: string, id: unknown): string {
  return url.replace(/(?=[?#]|$)/, `/${id}`);
}

/** Make an id that cannot be guessed. `crypto.randomUUID` does not exist on pages served over plain HTTP. */
export function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

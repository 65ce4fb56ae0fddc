/** Address of one stream, made from the address to which requests for streams are sent. */

/** Add the stream's id at the end of the path, before any query or fragment. */
export function streamUrl(url: string, id: unknown): string {
  return url.replace(/(?=[?#]|$)/, `/${id}`);
}

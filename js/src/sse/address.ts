/** The address of one stream under the address that streams are requested from. */

/** Put the stream's id behind the path, in front of any query or fragment. */
export function streamUrl(url: string, id: unknown): string {
  return url.replace(/(?=[?#]|$)/, `/${id}`);
}

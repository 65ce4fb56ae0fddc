/**
 * The place that a link leads to, shown after every link whose text is not its own address.
 *
 * The host is shown whether or not the text looks like another host: rules for that grow old, and readers
 * believe a false text that the rules miss. A text that is the address itself needs no host beside it.
 */

/** Characters that change how a text reads and are not seen: controls, direction marks, zero widths. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{DI}]/u;

/**
 * The host, or the address of a mail link, as the URL parser gives it: ASCII, so that no letter imitates
 * another.
 */
export function hostOf(url: URL): string {
  return url.protocol === "mailto:" ? url.pathname : url.hostname;
}

/** The host that must stand beside a link's text; "" if the text is the link's own address. */
export function mismatchedHost(text: string, url: URL): string {
  const own = bareAddress(text, url.protocol);
  const isOwn = addressesOf(url).some((address) => bareAddress(address, url.protocol) === own);
  return isOwn && !INVISIBLE.test(text) ? "" : hostOf(url);
}

/** The forms in which an address may be written as its own text. */
function addressesOf({ protocol, href, pathname, username, password }: URL): readonly string[] {
  if (protocol === "mailto:") return [href, pathname];
  // A user name in an address stands where people expect the host.
  if (username || password) return [];
  // The parser escapes a path that is not ASCII, but people write such a path without escapes. A host has no
  // escapes.
  return [href, decodeUri(href)];
}

/** An address without its scheme, "www.", the slash at its end, and differences of case. */
function bareAddress(address: string, protocol: string): string {
  const lower = address.trim().toLowerCase();
  const rest = lower.startsWith(protocol) ? lower.slice(protocol.length).replace(/^\/\//, "") : lower;
  return rest.replace(/^www\./, "").replace(/\/$/, "");
}

function decodeUri(address: string): string {
  try {
    return decodeURI(address);
  } catch {
    return address;
  }
}

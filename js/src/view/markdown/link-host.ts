/**
 * Host that a link leads to. It is shown after every link whose text is not the link's own address.
 *
 * The host is shown even if the text does not look like another host. Rules that tell whether a text looks
 * like a host become outdated, and readers would believe a false text that the rules miss. A text that is the
 * address itself needs no host beside it.
 */

/**
 * Invisible characters that change how a text reads: control characters, direction marks, and characters
 * without width.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{DI}]/u;

/**
 * Return the host of a link, or the address of a mail link, in the form of the URL parser. It is ASCII, so
 * that no letter can imitate another letter.
 */
export function hostOf(url: URL): string {
  return url.protocol === "mailto:" ? url.pathname : url.hostname;
}

/** Return the host that must be shown beside a link's text; "" if the text is the link's own address. */
export function mismatchedHost(text: string, url: URL): string {
  const own = bareAddress(text, url.protocol);
  const isOwn = addressesOf(url).some((address) => bareAddress(address, url.protocol) === own);
  return isOwn && !INVISIBLE.test(text) ? "" : hostOf(url);
}

/** Return the forms in which people write this address as the text of a link. */
function addressesOf({ protocol, href, pathname, username, password }: URL): readonly string[] {
  if (protocol === "mailto:") return [href, pathname];
  // If an address has a user name, the user name is where people expect the host. The host is then always
  // shown.
  if (username || password) return [];
  // The parser escapes a path that is not ASCII, but people write such a path without escapes. A host has no
  // escapes.
  return [href, decodeUri(href)];
}

/** Return an address without its scheme, its "www." and the slash at its end, in lower case. */
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

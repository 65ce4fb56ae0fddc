import { expect, test } from "vitest";
import { placeOf, realPlace } from "../../../src/view/markdown/link-host.ts";

test.each([
  ["paypal.com", "https://evil.example", "evil.example"],
  ["PayPal.com/login", "https://evil.example/paypal.com", "evil.example"],
  ["https://paypal.com", "https://paypal.com.evil.example", "paypal.com.evil.example"],
  ["paypal.com@evil.example", "https://paypal.com@evil.example", "evil.example"],
  ["https://paypal.com:443@evil.example/", "https://paypal.com:443@evil.example/", "evil.example"],
  ["https://evil.example\\@paypal.com", "https://evil.example\\@paypal.com", "evil.example"],
  ["pay\u200bpal.com", "https://evil.example", "evil.example"],
  ["\u202emoc.lapyap\u202c and paypal.com", "https://evil.example", "evil.example"],
  ["ｐａｙｐａｌ.com", "https://evil.example", "evil.example"],
  ["paypal。com", "https://evil.example", "evil.example"],
  ["127.0.0.1", "https://evil.example", "evil.example"],
  ["www.numpy.zzz", "https://evil.example", "evil.example"],
  ["p\u0430ypal.com", "https://p\u0430ypal.com", "xn--pypal-4ve.com"],
  ["\u0430\u0440\u0440\u04cf\u0435.com", "https://\u0430\u0440\u0440\u04cf\u0435.com", "xn--80ak6aa92e.com"],
  ["alice@bank.com", "mailto:eve@bank.com", "eve@bank.com"],
  ["bank.com", "mailto:eve@evil.example", "eve@evil.example"],
  ["\u202Emoc.elgoog//:sptth", "https://evil.example", "evil.example"],
  [`${"\u200b".repeat(1_000)}google.com`, "https://evil.example", "evil.example"],
  [`x${" ".repeat(1_000)}google.com`, "https://evil.example", "evil.example"],
  ["㌖".repeat(1_000), "https://evil.example", "evil.example"],
  ["word ".repeat(5_000), "https://evil.example", "evil.example"],
  ["google.", "https://evil.example", "evil.example"],
  [".com", "https://evil.example", "evil.example"],
  ["http://localhost:8888/lab", "https://evil.example", "evil.example"],
  ["http://[::1]:8888/lab", "https://evil.example", "evil.example"],
  ["paypal\uA4F8com", "https://evil.example", "evil.example"],
  ["paypal\u0660com", "https://evil.example", "evil.example"],
  ["ɢoogle.com", "https://ɢoogle.com", new URL("https://ɢoogle.com").hostname],
])("the text %j of a link to %s shows where it really leads", (text, href, place) => {
  expect(realPlace(text, new URL(href))).toBe(place);
});

test.each([
  ["the docs", "https://docs.example/"],
  ["Node.js", "https://nodejs.org"],
  ["numpy.linalg.solve", "https://numpy.org/doc"],
  ["10.5 million", "https://x.example"],
  ["https://github.com/a/b.py?x=evil.com", "https://github.com/a/b.py?x=evil.com"],
  ["www.python.org", "https://python.org"],
  ["GitHub.com.", "https://github.com"],
  ["http://a.example:8080/x", "http://a.example:8080/x"],
  ["münchen.de", "https://münchen.de"],
  ["例え.jp", "https://例え.jp"],
  ["alice@bank.com", "mailto:alice@bank.com"],
  ["", "https://x.example"],
  ["http://localhost:8888/lab", "http://localhost:8888/lab"],
  ["Read all of it.", "https://x.example"],
  ["\u0662\u0660\u0662\u0666", "https://x.example"],
])("the text %j of a link to %s is left alone", (text, href) => {
  expect(realPlace(text, new URL(href))).toBe("");
});

test("a place is a host in punycode, or an address without what is not seen", () => {
  expect(placeOf(new URL("https://user:pw@bücher.example:8080/x"))).toBe("xn--bcher-kva.example");
  expect(placeOf(new URL("mailto:a%E2%80%AEb@x.example"))).toBe("ab@x.example");
  expect(placeOf(new URL("mailto:%ff@x.example"))).toBe("%ff@x.example");
});

test("a long text without a space costs no time", () => {
  const begun = performance.now();
  realPlace("a.".repeat(100_000), new URL("https://x.example"));
  realPlace("a@".repeat(100_000), new URL("https://x.example"));
  expect(performance.now() - begun).toBeLessThan(500);
});

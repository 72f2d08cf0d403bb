  // Labels: that a maker issued a code, by its label alone (crates/labels, signature.rs). Nothing is asked of anybody.
  const ES256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }, HINT_BYTES = 3;
  const hexed = (hex) => Uint8Array.from(hex.match(/../g) || [], (two) => parseInt(two, 16));
  const said = (name, facts) => {
    put(facts || {});
    keep("expired", facts && facts.expired ? "y" : "");
    keep("label", name);
  };

  // The parts of a link that this alliance would print, or the name of what is wrong with it.
  const partsOf = (typed) => {
    let link, found;
    try {
      link = new URL(typed.trim());
      const path = /^(.*)\/01\/(\d{14})\/10\/([^/]+)\/21\/([^/]+)$/.exec(link.pathname);
      found = path && { stem: path[1], gtin: path[2], lot: decodeURIComponent(path[3]), serial: decodeURIComponent(path[4]) };
    } catch {
      return "other";
    }
    if (link.origin === "null" || !found) return "other";
    const base = new URL(conf.base);
    if (link.origin !== base.origin || found.stem !== base.pathname.replace(/\/$/, "") || link.username || link.password) return "elsewhere";
    const date = link.searchParams.get("17"), value = link.searchParams.get("8030");
    if (value === null) return "unsigned";
    if (!/^\d{6}$/.test(date) || !/^[\w-]{90}$/.test(value)) return "bad";
    return { ...found, date, value };
  };

  const judged = async (typed) => {
    const parts = partsOf(typed);
    if (typeof parts === "string") return said(parts);
    const { gtin, lot, serial, date, value } = parts;
    const bytes = Uint8Array.from(atob(value.replace(/-/g, "+").replace(/_/g, "/") + "=="), (c) => c.charCodeAt(0));
    const hint = Array.from(bytes.slice(0, HINT_BYTES), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const maker = conf.makers.find((one) => one.gtins.includes(gtin)), point = maker && maker.keys[hint];
    if (!point) return said("unknown");
    const message = new TextEncoder().encode(`tracelight/label/v1\0` + `01${gtin}17${date}10${lot}\x1d21${serial}`);
    const key = await crypto.subtle.importKey("raw", hexed(point), ES256, false, ["verify"]);
    if (!(await crypto.subtle.verify(ES256, key, bytes.slice(HINT_BYTES), message))) return said("bad");
    const [yy, mm, dd] = date.match(/../g);
    // Day 00 is the whole month; a day counts until it is over.
    const until = dd === "00" ? Date.UTC(2000 + +yy, +mm, 1) : Date.UTC(2000 + +yy, mm - 1, +dd + 1);
    said("good", {
      l_maker: maker.name, l_gtin: gtin, l_lot: lot, l_serial: serial,
      l_expires: `20${yy}-${mm}` + (dd === "00" ? "" : `-${dd}`), expired: Date.now() >= until,
    });
  };

  $("label-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const able = window.crypto && crypto.subtle;
    if (able) judged($("link").value).catch(() => said("none"));
    else said("none");
  });
  $("label-go").disabled = false;


// The evidence of one pack, checked by the page that holds it: no network, no other file. It holds no text; what it shows stands in
// the page (evidence.rs). If anything here fails to run, the page says that nothing was checked.
(async () => {
  "use strict";
  const d = document, $ = (id) => d.getElementById(id);
  const show = (id) => ["wait", "none", "ok", "bad"].forEach((one) => ($(one).hidden = one !== id));
  const put = (facts) => d.querySelectorAll("[data-f]").forEach((e) => {
    const value = facts[e.dataset.f];
    if (value !== undefined) e.textContent = value;
  });
  const keep = (name, value) => d.querySelectorAll("[data-" + name + "]").forEach((e) => (e.hidden = e.dataset[name] !== value));
  const text = (id) => $(id).textContent.trim();
  const base64 = (id) => Uint8Array.from(atob(text(id)), (c) => c.charCodeAt(0));
  // One digit of the proof stands for half a byte, so that one altered character is one altered byte.
  const proof = () => {
    const hex = text("proof"), at = hex.search(/[^0-9a-f]/);
    if (at >= 0 || hex.length % 2) throw { at: at < 0 ? hex.length : at };
    return Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.substr(2 * i, 2), 16));
  };
  // Two sums name a single altered byte: by how much the one moved, and by how much times its place the other.
  const sums = (bytes) => bytes.reduce(([all, placed], byte, i) => [all + byte, placed + (i + 1) * byte], [0, 0]);

  try {
    const conf = JSON.parse(text("conf"));
    const lib = await import("data:text/javascript;base64," + text("lib"));
    await lib.default({ module_or_path: base64("wasm") });
    const check = (bytes) => JSON.parse(lib.verify_bundle(bytes, new Uint8Array(), conf.chain, conf.code, conf.made_ms));
    let bytes;
    try {
      bytes = proof();
    } catch (fault) {
      put({ byte: Math.floor(fault.at / 2) + 1 });
      keep("part", "format");
      keep("place", "letter");
      return show("bad");
    }
    const found = check(bytes);
    if (found.ok) {
      const { facts } = found;
      put({ ...facts, as_of: new Date(facts.as_of_ms).toISOString().replace("T", " ").replace(/\.\d+Z/, " UTC") });
      keep("recalled", String(facts.recalled));
      keep("unit", facts.unit);
      return show("ok");
    }
    keep("part", found.part);
    put({ message: found.message });
    const [all, placed] = sums(bytes), by = all - conf.sums[0], at = (placed - conf.sums[1]) / by - 1;
    const was = bytes[at] - by;
    let place = "unknown";
    if (bytes.length === conf.length && Number.isInteger(at) && bytes[at] !== undefined && was >= 0 && was <= 255) {
      const restored = bytes.slice();
      restored[at] = was;
      // The sums are only a hint: what names the byte is that everything holds with it put back.
      if (check(restored).ok) {
        place = "byte";
        put({ byte: at + 1, is: bytes[at].toString(16).padStart(2, "0"), was: was.toString(16).padStart(2, "0") });
      }
    }
    if (bytes.length !== conf.length) {
      place = "length";
      put({ length: bytes.length, expected: conf.length });
    }
    keep("place", place);
    show("bad");
  } catch {
    show("none");
  }
})();

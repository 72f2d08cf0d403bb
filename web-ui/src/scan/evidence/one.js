  // The evidence of one pack. If anything here fails to run, the page says that nothing was checked.

  // Two sums name a single altered byte: by how much the one moved, and by how much times its place the other.
  const sums = (bytes) => bytes.reduce(([all, placed], byte, i) => [all + byte, placed + (i + 1) * byte], [0, 0]);

  try {
    const conf = JSON.parse(text("conf"));
    const lib = await load();
    const check = (bytes) => JSON.parse(lib.verify_bundle(bytes, new Uint8Array(), conf.chain, conf.code, conf.made_ms));
    let bytes;
    try {
      bytes = proof(text("proof"));
    } catch (fault) {
      put({ byte: Math.floor(fault.at / 2) + 1 });
      keep("part", "format");
      keep("place", "letter");
      return show("bad");
    }
    const found = check(bytes);
    if (found.ok) return holds(found.facts);
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

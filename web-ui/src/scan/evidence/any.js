  // Whatever proof somebody has kept: a file of bytes, or the page of one pack. Such a page is not run and not believed: only its proof is
  // taken, and that is checked against the alliance that this page pins.
  const PROOF_BYTES_MAX = 4 << 20, FILE_BYTES_MAX = 16 << 20;
  let lib;
  try {
    lib = await load();
  } catch {
    return show("none");
  }

  const bytesOf = async (file) => {
    if (file.size > FILE_BYTES_MAX) return null;
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (bytes[0] !== 60) return bytes;
    const kept = new DOMParser().parseFromString(new TextDecoder().decode(bytes), "text/html").getElementById("proof");
    try {
      return kept && proof(kept.textContent.trim());
    } catch {
      return null;
    }
  };

  const checked = async (file) => {
    const bytes = await bytesOf(file);
    const said = bytes && bytes.length <= PROOF_BYTES_MAX && lib.claims(bytes);
    if (!said) return show("other");
    const { code, time_ms } = JSON.parse(said);
    // As of the moment of which it speaks: how old that is, is told and not judged.
    const found = JSON.parse(lib.verify_bundle(bytes, new Uint8Array(), conf.chain, code, time_ms));
    put({ code: decodeURIComponent(code) });
    if (!found.ok) {
      keep("part", found.part);
      put({ message: found.message });
      return show("bad");
    }
    const hours = (Date.now() - time_ms) / 3600000;
    keep("old", hours < -0.1 ? "future" : hours < 48 ? "hours" : "days");
    put({ hours: Math.max(0, Math.floor(hours)) + 1, days: Math.floor(hours / 24) });
    holds(found.facts);
  };

  $("file").addEventListener("change", async (event) => {
    const file = event.target.files[0];
    if (!file) return;
    show("wait");
    try {
      await checked(file);
    } catch {
      show("other");
    }
  });
  $("file").disabled = false;
  show("");
})();

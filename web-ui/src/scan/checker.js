// The scan page's script: the "seen" signal and the device's own check. It holds no text; what it shows comes from the
// page's <template> elements (scan/overlay.rs). If anything here fails to run, the page stays as the server sent it.
(() => {
  "use strict";
  const d = document, $ = (id) => d.getElementById(id);
  const conf = d.currentScript.dataset;
  const BUNDLE_BYTES_MAX = 4 << 20, WAIT_MS = 20000;

  // A GET counts nothing. This says that somebody really looks at the page.
  let told = false;
  const seen = () => {
    if (told || d.prerendering || d.visibilityState !== "visible") return;
    told = true;
    fetch(conf.seen, { method: "POST", keepalive: true, body: new URLSearchParams({ token: conf.token }) }).catch(() => {});
  };
  if (conf.seen) {
    d.addEventListener("visibilitychange", seen);
    d.addEventListener("prerenderingchange", seen);
    seen();
  }
  if (!conf.js) return;

  const strip = $("s"), copy = (id) => $(id).content.cloneNode(true);
  $("get").replaceWith(copy("t-run"));
  const run = $("run");
  const say = (nodes) => {
    d.head.append(copy("t-css"));
    strip.removeAttribute("href");
    strip.replaceChildren(...nodes);
  };
  const put = (root, facts) => root.querySelectorAll("[data-f]").forEach((e) => {
    if (facts[e.dataset.f] !== undefined) e.textContent = facts[e.dataset.f];
  });
  const keep = (root, name, wanted) => root.querySelectorAll("[data-" + name + "]").forEach((e) => {
    wanted(e.dataset[name]) || e.remove();
  });

  const passed = (facts) => {
    const t = copy("t-ok"), age = Math.max(0, Math.round((Date.now() - facts.as_of_ms) / 1000));
    const unit = age < 120 ? "s" : age < 7200 ? "min" : "h";
    keep(t, "age", (u) => u === unit);
    keep(t, "ok", (group) => group !== "witness" || facts.witnesses > 0);
    put(t, {
      ...facts,
      n: unit === "s" ? age : Math.floor(age / (unit === "min" ? 60 : 3600)),
      signed: facts.members_signed,
      time: new Date().toTimeString().slice(0, 5),
      block_time: new Date(facts.as_of_ms).toLocaleString(d.documentElement.lang),
    });
    const dots = t.querySelector("[data-dots]"), dot = dots.firstElementChild;
    dots.replaceChildren(...Array.from({ length: Math.min(facts.members, 100) }, (_, i) => {
      const one = dot.cloneNode();
      if (i < facts.members_signed) one.className = "f";
      return one;
    }));
    const late = "recalled" in conf && !facts.recalled;
    say(late ? [copy("t-late")] : t.querySelector("[data-strip]").childNodes);
    $("check").replaceChildren(...t.querySelector("[data-panel]").childNodes);
  };

  const failed = (part) => {
    const t = copy("t-fail"), rows = [...t.querySelectorAll("[data-part]")];
    const row = rows.find((e) => e.dataset.part === part) || rows.pop();
    rows.forEach((e) => e === row || e.remove());
    keep(t, "ok", (group) => row.dataset.after.includes(group));
    // The new heading gets the focus, which reads it; a status on top would read it twice.
    d.head.append(copy("t-css"));
    const field = $("f");
    field.setAttribute("role", "region");
    field.setAttribute("aria-labelledby", "h");
    $("v").className = "v stop";
    field.replaceChildren(...t.querySelector("[data-field]").childNodes);
    $("m").replaceChildren(...t.querySelector("[data-cards]").childNodes);
    const h = $("h");
    d.title = h.textContent;
    h.focus();
    scrollTo(0, 0);
  };

  const words = run.querySelector("span"), was = words.textContent;
  const idle = (busy) => {
    run.disabled = busy;
    words.textContent = busy ? run.dataset.busy : was;
  };

  const check = async () => {
    idle(true);
    let result;
    try {
      const stop = new AbortController();
      setTimeout(() => stop.abort(), WAIT_MS);
      const get = async (url, cache) => {
        const answer = await fetch(url, { cache, signal: stop.signal });
        if (!answer.ok) throw 0;
        return new Uint8Array(await answer.arrayBuffer());
      };
      // The anchor is the same for every pack: the browser keeps it and asks whether it has changed.
      const [lib, bytes, anchor] = await Promise.all([
        import(conf.js), get(conf.bundle + "?anchor=omit", "no-store"), get("/v1/anchor", "no-cache"),
      ]);
      await lib.default({ module_or_path: conf.wasm });
      if (bytes.length > BUNDLE_BYTES_MAX) throw 0;
      // The code in the address bar, not the one that the server wrote into the page.
      const here = location.pathname.match(/\/01\/.*/);
      result = JSON.parse(lib.verify_bundle(bytes, anchor, conf.genesis, here ? here[0] : conf.code, Date.now()));
    } catch {
      idle(false);
      return say([copy("t-none")]);
    }
    if (!result.ok) return failed(result.part);
    if (result.facts.recalled && !("recalled" in conf)) return failed("recalled");
    passed(result.facts);
  };

  run.addEventListener("click", check);
  const saves = navigator.connection && navigator.connection.saveData;
  if ("auto" in conf && !saves) addEventListener("load", () => (window.requestIdleCallback || setTimeout)(check));
})();

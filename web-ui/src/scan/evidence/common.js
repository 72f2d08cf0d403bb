// What both pages share that check a proof by themselves: no network, no other file. They hold no text; what they show stands in the page
// (evidence.rs, offline.rs). This is the head of a function; one.js or any.js is the rest of it.
(async () => {
  "use strict";
  const d = document, $ = (id) => d.getElementById(id);
  const show = (id) => d.querySelectorAll("section").forEach((one) => (one.hidden = one.id !== id && !one.dataset.stays));
  const put = (facts) => d.querySelectorAll("[data-f]").forEach((e) => {
    const value = facts[e.dataset.f];
    if (value !== undefined) e.textContent = value;
  });
  const keep = (name, value) => d.querySelectorAll("[data-" + name + "]").forEach((e) => (e.hidden = e.dataset[name] !== value));
  const text = (id) => $(id).textContent.trim();
  const base64 = (id) => Uint8Array.from(atob(text(id)), (c) => c.charCodeAt(0));
  // One digit of the proof stands for half a byte, so that one altered character is one altered byte.
  const proof = (hex) => {
    const at = hex.search(/[^0-9a-f]/);
    if (at >= 0 || hex.length % 2) throw { at: at < 0 ? hex.length : at };
    return Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.substr(2 * i, 2), 16));
  };
  const load = async () => {
    const lib = await import("data:text/javascript;base64," + text("lib"));
    await lib.default({ module_or_path: base64("wasm") });
    return lib;
  };
  const holds = (facts) => {
    put({ ...facts, as_of: new Date(facts.as_of_ms).toISOString().replace("T", " ").replace(/\.\d+Z/, " UTC") });
    keep("recalled", String(facts.recalled));
    keep("unit", facts.unit);
    show("ok");
  };

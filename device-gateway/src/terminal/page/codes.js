// What a scanner's string is, as far as the page has to know: which step it means, and what people call it. The gateway alone
// judges it; a string that is not understood here is sent all the same.
'use strict';

(function () {
  const GS = '\u001d';
  /** Application identifiers of a fixed length: what they are called here, and how long. The four dates are skipped. */
  const FIXED = {
    '00': ['sscc', 18], '01': ['gtin', 14], '11': ['', 6], '13': ['', 6], '15': ['', 6], '17': ['', 6],
  };

  /** Without symbology identifier and leading separators. */
  function bare(raw) {
    return raw.replace(/^\][A-Za-z][0-9A-Za-z]/, '').replace(/^\u001d+/, '');
  }

  /** The application identifiers that matter: {sscc, gtin, lot, serial}, each only when it is there. */
  function parse(raw) {
    const text = bare(raw);
    if (/^https?:\/\//i.test(text)) return link(text);
    if (/^urn:epc:/i.test(text)) return urn(text);
    if (text.charAt(0) === '(') return bracketed(text);
    return elements(text);
  }

  function link(text) {
    const found = {};
    const path = text.replace(/^https?:\/\/[^/]*/i, '').split(/[?#]/)[0].split('/');
    const names = { '00': 'sscc', '01': 'gtin', '10': 'lot', '21': 'serial' };
    for (let at = 0; at + 1 < path.length; at += 1) {
      const name = names[path[at]];
      if (!name) continue;
      try {
        found[name] = decodeURIComponent(path[at + 1]);
      } catch (error) {
        found[name] = path[at + 1];
      }
      at += 1;
    }
    return found;
  }

  function urn(text) {
    if (/^urn:epc:id:sscc:/i.test(text)) return { sscc: text.replace(/^.*:/, '') };
    const parts = /^urn:epc:id:sgtin:[^.]*\.[^.]*\.(.*)$/i.exec(text);
    return parts ? { serial: parts[1] } : {};
  }

  function bracketed(text) {
    const found = {};
    const names = { '00': 'sscc', '01': 'gtin', '10': 'lot', '21': 'serial' };
    const part = /\((\d{2,4})\)([^(]*)/g;
    for (let match = part.exec(text); match; match = part.exec(text)) {
      if (names[match[1]]) found[names[match[1]]] = match[2];
    }
    return found;
  }

  function elements(text) {
    const found = {};
    let rest = text;
    // Each turn takes at least two characters.
    while (rest.length > 2) {
      const ai = rest.slice(0, 2);
      const fixed = FIXED[ai];
      const open = { '10': 'lot', '21': 'serial' }[ai];
      if (fixed && rest.length >= 2 + fixed[1]) {
        if (fixed[0]) found[fixed[0]] = rest.slice(2, 2 + fixed[1]);
        rest = rest.slice(2 + fixed[1]);
      } else if (open) {
        // A display that shows what was read has another sign where the separator was.
        const end = rest.search(/[\u001d\ufffd]/);
        found[open] = end < 0 ? rest.slice(2) : rest.slice(2, end);
        rest = end < 0 ? '' : rest.slice(end + 1);
      } else {
        return found;
      }
    }
    return found;
  }

  /** What people call it: its serial, its label, or the front of what was read. */
  function name(raw) {
    const code = parse(raw);
    return code.serial || code.sscc || raw.replace(/[\u0000-\u001f\ufffd]/g, ' ').slice(0, 40);
  }

  /** Whether there is a code in a text that a person should have written: a number of a product or a label, or a link. */
  function isIn(text) {
    return /\d{14}|urn:epc:|https?:\/\//i.test(text);
  }

  /** In groups of four, as it is easier compared with a label. */
  function grouped(text) {
    return text.length > 24 ? text : text.replace(/(.{4})(?=.)/g, '$1\u2009');
  }

  window.Codes = { GS, parse, name, isIn, grouped };
})();

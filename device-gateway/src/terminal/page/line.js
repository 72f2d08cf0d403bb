// What a scan means, and what the line will look like when everything that is kept here has been taken. Pure: no page, no network.
//
// The gateway judges. This only chooses the step (as `Station` does in the gateway for scanners that know nothing), and counts
// ahead, so that n of N is right while there is no network; what is counted ahead is marked as kept here.
'use strict';

(function () {
  const LEVELS = ['bundle', 'case', 'pallet'];

  /** The line as the gateway last told it, or an idle one. */
  function told(view) {
    const line = (view && view.line) || {};
    const state = line.state || {};
    const inside = line.inside || {};
    const list = (level) => (inside[level] || []).slice();
    return {
      gtin: state.gtin || null,
      lot: state.lot || null,
      job: state.job || 'undefined',
      good: state.commissioned || 0,
      count: { bundle: state.in_bundle || 0, case: state.in_case || 0, pallet: state.on_pallet || 0 },
      of: { bundle: state.bundle_of || null, case: state.case_of || null, pallet: state.pallet_of || null },
      bundleGtin: state.bundle_gtin || null,
      inside: { bundle: list('bundle'), case: list('case'), pallet: list('pallet') },
      ahead: { bundle: 0, case: 0, pallet: 0 },
    };
  }

  /** The line when these readings have been taken. */
  function ahead(view, readings) {
    const line = told(view);
    const held = heldBy(view);
    // What is known to be blocked adds nothing, and neither does what the gateway has counted: only its answer is missing.
    const adds = ({ about, boot, seq }) => !about.told && !(seq <= held[boot]);
    readings.filter(adds).forEach((reading) => apply(line, reading.op, reading.about));
    return line;
  }

  /** Of each boot that the view names, the number up to which the gateway holds all. */
  function heldBy(view) {
    const held = {};
    ((view && view.held) || []).forEach(({ boot, contiguous }) => { held[boot] = contiguous; });
    return held;
  }

  function put(line, level, item) {
    line.count[level] += 1;
    line.ahead[level] += 1;
    line.inside[level].unshift(item);
  }

  function close(line, level) {
    line.count[level] = 0;
    line.ahead[level] = 0;
    line.inside[level] = [];
  }

  function apply(line, op, about) {
    const item = { raw: op.raw || '', name: about.name };
    switch (op.kind) {
      case 'commission': line.good += 1; break;
      case 'pack': put(line, about.level || packLevel(line), item); break;
      case 'stack': put(line, 'pallet', item); break;
      case 'close_bundle': close(line, 'bundle'); break;
      case 'close_case': close(line, 'case'); break;
      case 'close_pallet': close(line, 'pallet'); break;
      case 'unpack': takeOut(line, item); break;
      case 'hold': line.job = 'held'; break;
      case 'resume': line.job = 'running'; break;
      default: break;
    }
  }

  function takeOut(line, item) {
    for (const level of LEVELS) {
      const at = line.inside[level].findIndex((inside) => inside.name === item.name);
      if (at < 0) continue;
      line.inside[level].splice(at, 1);
      line.count[level] = Math.max(0, line.count[level] - 1);
      line.ahead[level] = Math.max(0, line.ahead[level] - 1);
      return;
    }
  }

  /** Where packs go. */
  function packLevel(line) {
    return line.of.bundle ? 'bundle' : 'case';
  }

  /** The level whose count is the big one. */
  function shownLevel(line, step) {
    if (step === 'stack') return 'pallet';
    if (!line.of.bundle) return 'case';
    // A full case of bundles waits for its label.
    const full = line.of.case && line.count.case >= line.of.case && line.count.bundle === 0;
    return full ? 'case' : 'bundle';
  }

  /** The innermost level that holds something: what an undo takes from, and what is closed early. */
  function openLevel(line, step) {
    if (step === 'stack') return 'pallet';
    return line.count.bundle > 0 ? 'bundle' : 'case';
  }

  function isFull(line, level) {
    return Boolean(line.of[level]) && line.count[level] >= line.of[level];
  }

  /** What a scan at a step means: {op, about}. `closing` is a level that the operator closes early, or nothing. */
  function meaning(line, step, closing, raw) {
    const code = window.Codes.parse(raw);
    const about = { name: window.Codes.name(raw), raw };
    const say = (kind, level) => ({ op: { kind, raw }, about: Object.assign(about, { kind, level }) });
    if (closing) return closed(line, closing, say, true);
    if (step === 'commission') return say('commission');
    if (step === 'stack') {
      return isFull(line, 'pallet') && code.sscc ? closed(line, 'pallet', say) : say('stack', 'pallet');
    }
    const ofBundle = line.bundleGtin && code.gtin === line.bundleGtin;
    if (ofBundle) return line.count.bundle > 0 ? closed(line, 'bundle', say) : say('pack', 'case');
    if (!code.sscc) return say('pack', packLevel(line));
    const bundleByLabel = line.of.bundle && !line.bundleGtin && line.count.bundle > 0;
    return closed(line, bundleByLabel ? 'bundle' : 'case', say);
  }

  /** Closes a level as full; as partial only when a person has said so: a label that is read too early is blocked. */
  function closed(line, level, say, early) {
    const meant = say('close_' + level, level);
    const count = line.count[level];
    if (early && line.of[level] && count < line.of[level] && count > 0) meant.op.fill = 'partial';
    return meant;
  }

  /** Was this very code put in here, and is not with the gateway yet? */
  function isKeptTwice(readings, op, name) {
    let inside = false;
    for (const { op: earlier, about } of readings) {
      // What was inside stands alone again, whatever its name.
      if (earlier.kind === 'break') inside = false;
      if (about.name !== name || about.told) continue;
      if (earlier.kind === op.kind) inside = true;
      if (earlier.kind === 'unpack') inside = false;
    }
    return inside && (op.kind === 'pack' || op.kind === 'commission' || op.kind === 'stack');
  }

  window.Line = { ahead, meaning, shownLevel, openLevel, isFull, isKeptTwice };
})();

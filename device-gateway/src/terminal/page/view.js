// From the state to what the operator sees. Draws nothing itself (screen.js does), and changes nothing.
//
// Until the gateway has answered, the page says no more than it knows: "kept" is on this terminal's disk, "OK" is on the gateway's.
'use strict';

(function () {
  const { t, age } = window.Face;
  const { Outbox, Line, App } = window;
  const { T } = App;
  /** Blocked for these, a thing has to leave the line. */
  const TAKE_OFF = [
    'foreign_code', 'wrong_product', 'wrong_expiry', 'not_commissioned', 'duplicate', 'dead_label', 'grade_too_low', 'here_twice',
  ];

  function render() {
    const at = App.now();
    document.body.dataset.kept = String(at.kept);
    renderHead(at);
    renderCounter(at);
    window.Face.face(faceOf(at));
    window.Face.keys(keysOf(at));
    const over = T.broken || T.elsewhere || at.stop;
    window.Face.panel(T.panel && !over ? T.panel() : null);
  }

  function gatewayNow() {
    return T.clockMs + (performance.now() - T.heardMs);
  }

  function oldestMs() {
    const first = Outbox.readings()[0];
    return first ? Date.now() - first.ts_ms : 0;
  }

  function linkOf(at) {
    if (T.denied) return ['warn', t('link_denied')];
    if (!T.up) return ['warn', at.kept > 0 ? t('link_down_kept', { n: at.kept }) : t('link_down')];
    if (T.refused) return ['warn', t('link_refused', { n: at.kept })];
    if (at.kept > 0) return ['warn', t('link_sending', { n: at.kept })];
    const line = (T.view && T.view.line) || {};
    const mode = T.view ? T.view.mode : 'online';
    if (mode === 'spool_full') return ['warn', t('link_full')];
    if (mode === 'offline') return ['warn', t('link_chain_away', { age: age(gatewayNow() - T.view.mode_since_ms) })];
    if (line.deeds_waiting > 0) {
      const oldest = age(gatewayNow() - line.oldest_deed_ms);
      return ['well', t('link_chain_waiting', { n: line.deeds_waiting, age: oldest })];
    }
    return ['well', t('link_well')];
  }

  function renderHead(at) {
    const [sign, link] = linkOf(at);
    const order = at.line.lot ? t('order', { lot: at.line.lot, gtin: at.line.gtin }) : t('no_order');
    window.Face.head({ line: T.me ? T.me.line : t('title'), order, sign, link });
  }

  function renderCounter({ line, level, stop }) {
    const levels = level === 'bundle' ? ['case', 'pallet'] : level === 'case' ? ['pallet'] : ['case'];
    const others = levels.map((other) => t('more_' + other, { n: line.count[other], of: line.of[other] || '–' }));
    const good = T.step === 'commission';
    window.Face.counter({
      name: good ? t('level_good') : t('level_' + level),
      more: good ? '' : others.join('   '),
      count: good ? line.good : line.count[level],
      of: good ? null : line.of[level],
      ahead: good ? 0 : line.ahead[level],
      mark: !stop && Boolean(T.last) && T.last.face === 'ok' && T.last.kind === 'pack',
    });
  }

  function noteOf(at) {
    if (!T.heard) return [t('note_focus_head'), t('note_focus')];
    if (T.ime) return [t('note_ime_head'), t('note_ime')];
    if (T.refused && at.kept > 0) return [t('note_refused_head'), t('note_refused', { n: at.kept, age: age(oldestMs()) })];
    if (T.up || at.kept === 0) return null;
    return [t('note_down_head'), t('note_down', { n: at.kept, age: age(oldestMs()) })];
  }

  function faceOf(at) {
    const note = noteOf(at);
    if (T.elsewhere) return { face: 'locked', word: t('word_elsewhere'), what: t('what_elsewhere') };
    if (T.broken) {
      const [what, todo] = [t('reason_disk_broken'), t('way_disk_broken')];
      return { face: 'stop', word: t('word_stop'), what, todo, detail: T.broken };
    }
    if (at.stop) return stopFace(at.stop, Outbox.stops().length);
    if (T.denied) return { face: 'start', word: t('word_start'), what: t('what_start') };
    if (T.locked) return { face: 'locked', word: t('word_locked'), what: t('what_locked', countOf(at)), note };
    if (T.last && T.last.face === 'busy') return { face: 'busy', word: t('word_busy'), code: T.last.code, note };
    const todo = isWaitingForLabel(at) ? t('todo_full', { level: t('the_' + at.level) }) : '';
    const last = T.last || { face: 'ready' };
    const { code } = last;
    if (last.face === 'kept') return { face: 'kept', word: t('word_kept'), what: t('what_kept'), code, todo, note };
    if (last.face === 'ok') return { face: 'ok', word: t('word_ok'), what: last.what, code, todo, note };
    return Object.assign({ face: 'ready', note }, readyOf(at));
  }

  /** A scan stays on the screen until the next one: that a label is due now has to stand beside it. */
  function isWaitingForLabel({ line, level }) {
    return T.step !== 'commission' && Line.isFull(line, level);
  }

  function readyOf({ line, level }) {
    if (T.mode) {
      const { kind, level: closing } = T.mode;
      const word = t('word_mode_' + kind, { level: closing ? t('the_' + closing) : '' });
      return { word, what: t('what_mode_' + kind) };
    }
    if (!T.view) return { word: t('word_start'), what: t('what_start') };
    if (!line.lot) return { word: t('word_no_order'), what: t('what_no_order') };
    if (line.job === 'held') return { word: t('word_held'), what: t('what_held') };
    if (isWaitingForLabel({ line, level })) {
      return { word: t('word_full', { level: t('the_' + level) }), what: t('what_full') };
    }
    return { word: t('word_ready_' + T.step), what: t('what_ready_' + T.step) };
  }

  function stopFace(stop, count) {
    const time = new Date(stop.at).toLocaleTimeString(document.documentElement.lang, { hour12: false });
    const about = stop.late ? t('late', { time }) + ' ' : '';
    return {
      face: 'stop',
      word: t('word_stop'),
      what: about + t('reason_' + stop.reason),
      code: window.Codes.grouped(stop.name || ''),
      todo: T.missed > 0 ? t('way_answer_first', { n: T.missed }) : t('way_' + stop.reason),
      detail: stop.detail || '',
      note: count > 1 ? [t('note_more_head'), t('note_more', { n: count - 1 })] : null,
    };
  }

  function countOf({ line, level }) {
    return { level: t('the_' + level), n: line.count[level], of: line.of[level] || '–' };
  }

  function keysOf(at) {
    if (T.broken || T.elsewhere) return [{ id: 'reload', text: t('key_reload'), main: true, act: () => window.location.reload() }];
    if (at.stop) return stopKeys(at.stop);
    if (T.locked) return [{ id: 'take-over', text: t('key_take_over'), main: true, act: App.takeOver }];
    if (T.mode) return [{ id: 'cancel', text: t('key_cancel'), act: App.cancelMode }];
    const list = [];
    const open = Line.openLevel(at.line, T.step);
    const empty = at.line.count[open] === 0;
    if (T.step !== 'commission') {
      list.push({ id: 'undo', text: t('key_undo'), off: !at.line.inside[open].length, act: App.undo });
      list.push({ id: 'close', text: t('key_close_' + open), off: empty, act: () => App.closeEarly(open) });
    }
    list.push({ id: 'more', text: t('key_more'), act: () => App.openPanel(App.morePanel) });
    list.push({ id: 'hand-over', text: t('key_hand_over'), act: () => App.openPanel(App.handOverPanel) });
    return list;
  }

  function stopKeys(stop) {
    const text = TAKE_OFF.indexOf(stop.reason) >= 0 ? t('key_took_off') : t('key_understood');
    return [
      { id: 'answer', text, main: true, act: App.answerStop },
      { id: 'call', text: T.alarm ? t('key_calling') : t('key_call'), act: App.callSupervisor },
    ];
  }

  Object.assign(App, { render, countOf });
})();

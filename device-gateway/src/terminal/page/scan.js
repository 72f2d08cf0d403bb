// From the scanner's keys, and the screen's, to readings.
//
// A scan ends with Enter or Tab, wherever the focus is. It is kept on disk, then sent. STOP stays until somebody answers.
'use strict';

(function () {
  const { t } = window.Face;
  const { Outbox, Line, App } = window;
  const { T } = App;
  /** Without an answer for so long, the screen says that the scan is kept, once this terminal's disk has it. */
  const KEPT_MS = 150;
  /** A scanner types faster; what is left of a key that somebody touched is forgotten. */
  const KEYS_MS = 3000;
  const SCAN_CHARS_MAX = 1024;
  const ALARM_MS = 2500;
  let keys = '';
  let keysTimer = 0;

  function answerStop() {
    clearInterval(T.alarm);
    T.alarm = 0;
    T.missed = 0;
    T.last = null;
    Outbox.answerStop().catch(broken);
    if (Outbox.stops().length > 0) window.Sound.play('stop');
    App.render();
    refocus();
  }

  /** There is no line to anybody from here: the terminal calls aloud until somebody has come. */
  function callSupervisor() {
    if (!T.alarm) T.alarm = setInterval(() => window.Sound.play('stop'), ALARM_MS);
    App.render();
    refocus();
  }

  function undo() {
    const { line } = App.now();
    const level = Line.openLevel(line, T.step);
    const item = line.inside[level][0];
    if (!item) return App.say(t('undo_nothing', { level: t('the_' + level) }));
    take({ kind: 'unpack', raw: item.raw }, { kind: 'unpack', name: item.name, raw: item.raw, level });
    refocus();
  }

  function closeEarly(level) {
    if (App.now().line.count[level] === 0) return App.say(t('undo_nothing', { level: t('the_' + level) }));
    T.mode = { kind: 'close', level };
    T.last = null;
    App.render();
    refocus();
  }

  function refocus() {
    const active = document.activeElement;
    if (active && active !== document.body && active.id !== 'field') active.blur();
    if (!T.panel) document.getElementById('main').focus({ preventScroll: true });
  }

  function onKey(event) {
    const target = event.target;
    if (target instanceof HTMLInputElement || event.altKey || event.metaKey) return;
    // An input method keeps the letters to itself: what it lets through is no code.
    T.ime = event.isComposing || event.key === 'Process';
    if (T.ime) {
      keys = '';
      return App.render();
    }
    const end = event.key === 'Enter' || event.key === 'Tab';
    if (end && keys === '') return;
    if (end) {
      event.preventDefault();
      const raw = keys;
      keys = '';
      clearTimeout(keysTimer);
      if (!event.repeat) onScan(raw);
      return;
    }
    const bracket = event.key === ']' || event.code === 'BracketRight' || event.key === window.Codes.GS;
    const separator = event.ctrlKey && bracket;
    const sign = separator || event.key === 'GroupSeparator' ? window.Codes.GS : event.key;
    if (sign.length !== 1 || (event.ctrlKey && !separator)) return;
    // A space or a letter must not press a button, or make the browser search.
    event.preventDefault();
    if (keys.length <= SCAN_CHARS_MAX) keys += sign;
    clearTimeout(keysTimer);
    keysTimer = setTimeout(() => { keys = ''; }, KEYS_MS);
  }

  function isTyping() {
    return keys !== '';
  }

  function onScan(raw) {
    if (T.broken || T.denied || T.elsewhere || !T.me) return window.Sound.play('stop');
    if (Outbox.stops().length > 0) {
      T.missed += 1;
      window.Sound.play('stop');
      return App.render();
    }
    // A reason is asked for the code that is shown: no other one takes its place.
    if (T.panel && T.panel.asks) return stop({ reason: 'reason_first', name: window.Codes.name(raw) });
    if (T.panel) App.closePanel();
    if (T.locked) return stop({ reason: 'handed_over', name: window.Codes.name(raw) });
    if (raw.length > SCAN_CHARS_MAX) return stop({ reason: 'bad_read', name: raw.slice(0, 24) });
    if (T.mode && T.mode.kind !== 'close') return modeScan(raw);
    const meant = Line.meaning(App.now().line, T.step, T.mode ? T.mode.level : null, raw);
    T.mode = null;
    if (Line.isKeptTwice(Outbox.readings(), meant.op, meant.about.name)) {
      // The gateway will say so of it too, and keep it for people; the operator learns it now.
      meant.about.told = true;
      stop({ reason: 'here_twice', name: meant.about.name });
    }
    return take(meant.op, meant.about);
  }

  function modeScan(raw) {
    const { kind, old } = T.mode;
    const name = window.Codes.name(raw);
    if (kind === 'replace' && !old) {
      T.mode = { kind: 'replace_new', old: raw };
      window.Sound.play('note');
      return App.render();
    }
    if (kind === 'replace_new') {
      const first = T.mode.old;
      const about = { kind: 'replace', name, raw };
      const both = shownAs(window.Codes.name(first)) + ' → ' + shownAs(name);
      return App.askReason('replace', both, (reason) => take({ kind: 'replace', old: first, new: raw, reason }, about));
    }
    window.Sound.play('note');
    return App.askReason(kind, shownAs(name), (reason) => take({ kind, raw, reason }, { kind, name, raw }));
  }

  function shownAs(name) {
    return window.Codes.grouped(name || '');
  }

  /** Takes a reading, and says what is true of it as soon as it is. */
  async function take(op, about) {
    if (Outbox.isFull()) return stop({ reason: 'outbox_full', name: about.name });
    const { reading, kept } = Outbox.add(op, about);
    const scan = { reading, face: 'busy', code: shownAs(about.name), kind: op.kind, onDisk: false, ms: performance.now() };
    T.last = scan;
    setTimeout(() => { scan.late = true; showKept(scan); }, KEPT_MS);
    App.render();
    try {
      await kept;
      scan.onDisk = true;
      showKept(scan);
    } catch (error) {
      broken(error);
    }
  }

  function showKept(scan) {
    if (T.last !== scan || scan.face !== 'busy' || !scan.onDisk || !(scan.late || !T.up)) return;
    scan.face = 'kept';
    if (Outbox.stops().length === 0) window.Sound.play('kept');
    App.render();
  }

  /** STOP, of this terminal's own accord. */
  function stop(what) {
    Outbox.keepStop(raise(what)).catch(broken);
  }

  /** Shows STOP, and gives it to whoever keeps it. */
  function raise(what) {
    window.Sound.play('stop');
    T.last = null;
    T.missed = 0;
    const shown = Outbox.showStop(Object.assign({ at: Date.now() }, what));
    App.render();
    return shown;
  }

  function broken(error) {
    T.broken = String(error);
    window.Sound.play('stop');
    App.render();
  }

  Object.assign(App, { answerStop, callSupervisor, undo, closeEarly, refocus, take, showKept, raise, broken, onKey, isTyping });
})();

// What lies over the screen: more, the last scans, reasons, hand-over, pairing. A scan closes it, because nothing comes before a
// scan; but where a reason is asked for a code, a scan is stopped. A STOP lies over all of them.
'use strict';

(function () {
  const { t } = window.Face;
  const { Outbox, App } = window;
  const { T } = App;
  const REASONS = ['damaged', 'unreadable', 'wrong_count', 'wrong_content', 'quality'];

  /** A word about a button that can do nothing now. */
  function say(text) {
    window.Sound.play('note');
    T.last = null;
    openPanel(() => ({ head: text, back: closePanel }));
  }

  function openPanel(panel) {
    T.panel = panel;
    App.render();
  }

  function closePanel() {
    T.panel = null;
    App.render();
    App.refocus();
  }

  function startMode(kind) {
    T.mode = { kind };
    T.last = null;
    closePanel();
  }

  function morePanel() {
    const mode = (kind) => ({ id: kind, text: t('key_' + kind), act: () => startMode(kind) });
    const step = (name) => ({
      id: 'step-' + name, text: t('key_step_' + name), pressed: T.step === name, act: () => setStep(name),
    });
    const other = window.Face.language() === 'zh' ? 'en' : 'zh';
    const held = App.now().line.job === 'held';
    const resume = () => {
      closePanel();
      App.take({ kind: 'resume' }, { kind: 'resume', name: '' });
    };
    const stop = () => askReason('hold', '', (reason) => App.take({ kind: 'hold', reason }, { kind: 'hold', name: '' }));
    const hold = held ? { id: 'resume', text: t('key_resume'), act: resume } : { id: 'hold', text: t('key_hold'), act: stop };
    return {
      head: t('more_head'),
      keys: [
        mode('break'), mode('replace'), mode('reject'), mode('invalidate'),
        hold, step('pack'), step('stack'), step('commission'),
        languageKey(() => setLanguage(other)),
        { id: 'sound', text: t('key_sound'), act: () => window.Sound.play('ok') },
        { id: 'recent', text: t('key_recent'), act: () => openPanel(recentPanel) },
        { id: 'unpair', text: t('key_unpair'), act: () => openPanel(unpairPanel) },
      ],
      back: closePanel,
    };
  }

  function recentPanel() {
    const here = (reading) => t('recent_kept', { kind: t('kind_' + reading.op.kind), name: reading.about.name });
    const kept = Outbox.readings().slice(-6).reverse().map(here);
    const recent = ((T.view && T.view.line.recent) || []).map((reading) => {
      const name = reading.raw ? window.Codes.name(reading.raw) : '';
      const text = reading.reason ? t('reason_' + reading.reason) : t('recent_stored');
      const time = new Date(reading.received_ms).toLocaleTimeString(document.documentElement.lang, { hour12: false });
      return t('recent_line', { time, kind: t('kind_' + reading.kind), name, text, device: reading.device });
    });
    return { head: t('recent_head'), list: kept.concat(recent), back: closePanel };
  }

  function unpairPanel() {
    const kept = Outbox.readings().length;
    const unpair = async () => {
      const answer = await Outbox.post('/terminal/unpair', {});
      if (!answer || answer.status !== 204) return say(t('pair_no_network'));
      return App.denied();
    };
    const sure = { id: 'unpair-sure', text: t('key_unpair'), act: unpair };
    const text = kept > 0 ? t('unpair_kept', { n: kept }) : t('unpair_text');
    return { head: t('key_unpair'), text, keys: kept > 0 ? [] : [sure], back: closePanel };
  }

  /** A reason from the list, or in words, for the code that is shown. */
  function askReason(kind, code, act) {
    const done = (reason) => { closePanel(); T.mode = null; act(reason); };
    const own = (text) => {
      const reason = text.trim();
      if (!reason) return t('why_empty');
      // A scanner that typed into the field has given no reason.
      if (window.Codes.isIn(reason)) return t('why_code');
      done(reason);
      return '';
    };
    const list = REASONS.map((name) => ({ id: 'why-' + name, text: t('why_' + name), act: () => done(t('why_' + name)) }));
    const shown = () => ({
      head: t('why_head', { what: t('key_' + kind) }),
      text: code,
      keys: list,
      field: { name: t('why_other'), send: t('why_send'), act: own },
      back: () => { T.mode = null; closePanel(); },
    });
    // One and the same over redraws: words that somebody is writing stay.
    const drawn = shown();
    openPanel(Object.assign(() => drawn, { asks: true }));
  }

  function handOverPanel() {
    const at = App.now();
    if (at.kept > 0) return { head: t('hand_over_head'), text: t('hand_over_kept', { n: at.kept }), back: closePanel };
    const sure = { id: 'hand-over-sure', text: t('key_hand_over'), act: handOver };
    return { head: t('hand_over_head'), text: t('hand_over_text', App.countOf(at)), keys: [sure], back: closePanel };
  }

  function handOver() {
    // A scan may have come since the panel was drawn: what is kept here is nobody else's to see.
    if (Outbox.readings().length > 0) return App.render();
    T.locked = true;
    T.last = null;
    App.remember('locked', true);
    closePanel();
  }

  function takeOver() {
    T.locked = false;
    App.remember('locked', false);
    App.render();
    App.refocus();
  }

  function setStep(step) {
    T.step = step;
    T.last = null;
    App.remember('step', step);
    closePanel();
  }

  /** What was begun is not done after all. */
  function cancelMode() {
    T.mode = null;
    T.last = null;
    App.render();
    App.refocus();
  }

  /** Names the other language in itself. */
  function languageKey(act) {
    const other = window.Face.language() === 'zh' ? 'en' : 'zh';
    return { id: 'language', text: window.TEXTS[other].own_name, lang: other === 'zh' ? 'zh-CN' : 'en', act };
  }

  function setLanguage(language) {
    window.Face.setLanguage(language);
    App.remember('language', language);
    T.last = null;
    App.render();
  }

  function pairPanel() {
    const other = window.Face.language() === 'zh' ? 'en' : 'zh';
    const switching = languageKey(() => {
      T.pairing = null;
      setLanguage(other);
    });
    const field = { name: t('pair_field'), send: t('pair_send'), type: 'password', act: App.pair, now: true };
    const kept = T.other ? t('pair_other', { device: T.other, n: Outbox.readings().length }) : t('pair_text');
    // One and the same over redraws, as for reasons.
    T.pairing = T.pairing || { head: t('pair_head'), text: kept, keys: [switching], field };
    return T.pairing;
  }

  Object.assign(App, { cancelMode, say, openPanel, closePanel, morePanel, askReason, handOverPanel, takeOver, pairPanel });
})();

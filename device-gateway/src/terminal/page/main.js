// From the gateway's answers to the state: OK, STOP, whether there is a network, who this terminal is; and the start.
'use strict';

(function () {
  const { t, has } = window.Face;
  const { Outbox, App } = window;
  const { T } = App;
  const WATCH_MS = 20000;
  const AGAIN_MS = 1000;
  const REMEMBER_MS = 1000;
  /** What was said last has been read after so long. */
  const READ_MS = 10000;
  let remembering = 0;

  /** What becomes of a scan. Gives the STOP that it shows, if it does: the outbox keeps it. */
  function answered(reading, ack) {
    const scan = T.last && T.last.reading === reading ? T.last : null;
    if (ack.outcome === 'quarantined' || (ack.outcome === 'already_stored' && ack.reason)) {
      if (reading.about.told) return null;
      // Whoever has waited this long looks elsewhere by now, also where a slow disk kept the page from saying 'kept'.
      const late = !scan || scan.late || scan.face === 'kept';
      const reason = has('reason_' + ack.reason) ? ack.reason : 'malformed';
      return App.raise({ reason, name: reading.about.name, detail: ack.detail, at: reading.ts_ms, late });
    }
    if (scan && Outbox.stops().length === 0) showOk(scan, reading);
    return null;
  }

  function showOk(scan, reading) {
    const at = App.now();
    const kind = reading.op.kind;
    const level = reading.about.level || at.level;
    const wasKept = scan.face === 'kept';
    scan.face = 'ok';
    const n = kind === 'commission' ? at.line.good : at.line.count[level];
    scan.what = t('done_' + kind, { level: t('the_' + level), n });
    if (wasKept) scan.what = t('done_kept', { what: scan.what });
    if (!wasKept) window.Sound.play('ok');
  }

  /** What the gateway says of the line, unless a later word of it came first: two calls are on their way at a time. */
  function heard(view) {
    if (!view || (T.view && T.view.run === view.run && view.at < T.view.at)) return;
    T.view = view;
    T.heardMs = performance.now();
    T.clockMs = view.time_ms;
    if (!remembering) remembering = setTimeout(remember, REMEMBER_MS);
  }

  function remember() {
    clearTimeout(remembering);
    remembering = 0;
    if (T.view) App.remember('view', T.view);
  }

  /**
   * The gateway was updated: its page fits it, this one may not. Loaded once for each version, when nobody is in the middle
   * and nothing is kept, on its way or being read.
   */
  function renew(version) {
    const own = document.documentElement.dataset.version;
    const read = !T.last || performance.now() - T.last.ms > READ_MS;
    const idle = Outbox.isQuiet() && read && !T.panel && !T.mode && !App.isTyping();
    if (version === own || !idle || App.remembered('renewed') === version) return;
    App.remember('renewed', version);
    window.location.reload();
  }

  function link(up) {
    if (T.up === up) return;
    T.up = up;
    if (!up && T.last) App.showKept(T.last);
    App.render();
  }

  /** Asks for a token. `other`: the terminal of which readings are still kept here, if they are what is in the way. */
  function askToken(other) {
    if (T.other !== other) T.pairing = null;
    T.other = other;
    T.denied = true;
    T.up = true;
    App.openPanel(App.pairPanel);
  }

  function denied() {
    askToken(T.other);
  }

  async function pair(token) {
    if (T.elsewhere) return t('what_elsewhere');
    const answer = await Outbox.post('/terminal/pair', { token });
    if (!answer) return t('pair_no_network');
    if (answer.status !== 200) return t('pair_wrong');
    T.pairing = null;
    enter(answer.body);
    return '';
  }

  /** This browser is a terminal: true. Readings of another one are not its to send: false, and that one's token is asked for. */
  function enter(me) {
    if (T.elsewhere) return false;
    const before = T.me;
    const same = before && before.site === me.site && before.line === me.line && before.device === me.device;
    const others = Outbox.others(me);
    if (others.length > 0) {
      askToken(others[0].place.device);
      return false;
    }
    if (!same) T.view = null;
    T.me = me;
    T.denied = false;
    T.other = null;
    T.panel = null;
    App.remember('me', me);
    Outbox.at(me);
    Outbox.pump();
    App.render();
    App.refocus();
    return true;
  }

  /** Follows the line for as long as the page is open, and the terminal. */
  async function watch() {
    while (!T.elsewhere) {
      const fine = T.me && !T.denied ? await look() : await askMe();
      if (!fine) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  async function look() {
    const path = '/terminal/' + [T.me.site, T.me.line, T.me.device].map(encodeURIComponent).join('/') + '/state';
    // After a silence the whole state at once: the answer says that the gateway is there again.
    const seen = T.up && T.view ? T.view.tag : '';
    const answer = await Outbox.call(path + '?seen=' + encodeURIComponent(seen), {}, T.up ? WATCH_MS : AGAIN_MS * 3);
    if (!answer) return link(false), false;
    if (answer.status === 401 || answer.status === 403 || answer.status === 404) return denied(), false;
    if (answer.status !== 200 || !answer.body) return false;
    heard(answer.body);
    link(true);
    App.render();
    renew(answer.body.page);
    Outbox.pump();
    return true;
  }

  async function askMe() {
    const answer = await Outbox.call('/terminal/me', {}, AGAIN_MS * 3);
    if (!answer) return link(false), false;
    if (answer.status === 200 && answer.body) return enter(answer.body);
    if (answer.status === 401 && !T.denied) denied();
    return false;
  }

  function listen() {
    document.addEventListener('keydown', App.onKey);
    document.addEventListener('click', () => { if (!T.panel) App.refocus(); });
    document.addEventListener('contextmenu', (event) => event.preventDefault());
    window.addEventListener('focus', () => { T.heard = true; App.render(); App.refocus(); });
    window.addEventListener('blur', () => { T.heard = false; App.render(); });
    window.addEventListener('online', () => Outbox.pump());
    window.addEventListener('pagehide', remember);
    setInterval(() => { if (!T.panel) App.render(); }, 1000);
  }

  /** Another window of this browser is the terminal. */
  function elsewhere() {
    T.elsewhere = true;
    Outbox.at(null);
    App.render();
  }

  async function start() {
    const asked = App.remembered('language') || (/^zh/i.test(navigator.language) ? 'zh' : 'en');
    window.Face.setLanguage(asked);
    window.Face.keys([]);
    await App.alone(elsewhere);
    T.elsewhere = false;
    try {
      await Outbox.open({
        link, heard, answered, denied,
        refused: (ack) => { T.refused = ack; },
        settled: App.render,
        busy: () => { T.refused = { reason: 'busy' }; App.render(); },
        broken: App.broken,
      });
    } catch (error) {
      App.broken(error);
      return;
    }
    if (T.me) Outbox.at(T.me);
    listen();
    App.render();
    App.refocus();
    if ('serviceWorker' in navigator) navigator.serviceWorker.register('worker.js').catch(() => {});
    document.body.dataset.started = 'yes';
    watch();
  }

  Object.assign(App, { denied, pair });

  start();
})();

// What this terminal has taken and the gateway has not answered, in the order in which it was taken, on this machine's disk.
//
//   scan -> add -+-> disk (strict) -> "kept" here
//                +-> POST, oldest first -> answered: "OK" or "STOP" -> gone from here
//
// * A reading is on a disk before anybody is told that it was taken: on this one, or on the gateway's, whichever is first.
//   Numbers count from 0 within a boot id that is drawn anew each time the page is loaded: so a second tab, or a browser
//   that lost its disk, never uses a number twice.
// * Readings of earlier loads go first, under the numbers that they have. Sending one twice is harmless.
// * A refused reading stays, and so does everything behind it. Nothing is dropped here.
// * What the gateway has blocked is kept as a stop until a person has answered it, also over a reload: one step of the disk
//   takes the reading out and puts the stop in. Whoever reloads before it sends again, and is told the same again.
// * Each reading stores which terminal took it. Only those of the terminal that this browser is now are sent.
'use strict';

(function () {
  const NAME = 'tracelight-terminal';
  /** Readings that are kept here. Then scanning stops, with a word why. */
  const KEPT_MAX = 50000;
  const GROUP_MAX = 32;
  const POST_MS = 4000;
  const RETRY_MS_MIN = 400;
  const RETRY_MS_MAX = 4000;
  const REFUSED_MS = 700;

  let db = null;
  let boot = '';
  let next = 0;
  let readings = [];
  let stops = [];
  /** Counts the changes of what is kept. */
  let revision = 0;
  /** One change of the disk after the other; so many have not ended. */
  let turn = Promise.resolve();
  let turns = 0;
  let sending = false;
  let timer = 0;
  let retryMs = RETRY_MS_MIN;
  let groupMax = GROUP_MAX;
  let place = null;
  let tell = {};

  function drawBoot() {
    const bytes = new Uint8Array(8);
    window.crypto.getRandomValues(bytes);
    return Array.from(bytes, (byte) => ('0' + byte.toString(16)).slice(-2)).join('');
  }

  function openDb() {
    return new Promise((resolve, reject) => {
      const asked = window.indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore('readings', { keyPath: 'id', autoIncrement: true });
        asked.result.createObjectStore('stops', { keyPath: 'id', autoIncrement: true });
      };
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
      asked.onblocked = () => reject(new Error('the store is blocked'));
    });
  }

  /** One transaction over these stores; resolves when it is on disk, or with `relaxed`, when the system will put it there. */
  function write(stores, durability, change) {
    return new Promise((resolve, reject) => {
      const transaction = db.transaction(stores, 'readwrite', { durability });
      transaction.oncomplete = () => resolve();
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error || new Error('aborted'));
      change((store) => transaction.objectStore(store));
    });
  }

  /** Adds a thing under an id of its own, and tells it. */
  function put(store, thing) {
    const asked = store.add(Object.assign({}, thing));
    asked.onsuccess = () => { thing.id = asked.result; };
  }

  function all(store) {
    return new Promise((resolve, reject) => {
      const asked = db.transaction(store).objectStore(store).getAll();
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  }

  function inTurn(work) {
    const done = turn.then(work);
    const ended = () => { turns -= 1; };
    turns += 1;
    turn = done.then(ended, ended);
    return done;
  }

  function keepOnly(left) {
    readings = left;
    revision += 1;
  }

  /**
   * Opens the disk. `callbacks`, in the order in which an answer calls them: link(up), refused(ack or null), heard(view),
   * answered(reading, ack) for each, which gives the stop that it shows, if it does, settled(); and denied(), busy(),
   * broken(error).
   */
  async function open(callbacks) {
    tell = callbacks;
    db = await openDb();
    // Another page wants to change the store's form; this one keeps working until it is reloaded.
    db.onversionchange = () => {};
    // A disk that takes nothing shows now, and not at the first scan; and the first scan finds it awake.
    await write(['readings'], 'strict', (of) => {
      const asked = of('readings').add({ probe: true });
      asked.onsuccess = () => of('readings').delete(asked.result);
    });
    keepOnly(await all('readings'));
    stops = await all('stops');
    boot = drawBoot();
    next = 0;
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
  }

  function numbered(reading, newBoot, seq) {
    const body = JSON.stringify({ boot: newBoot, seq, ts_ms: reading.ts_ms, op: reading.op });
    return Object.assign({}, reading, { boot: newBoot, seq, body });
  }

  function isFull() {
    return readings.length >= KEPT_MAX;
  }

  /** Takes a reading: {reading, kept}. `kept` resolves when it is on this disk; it is sent meanwhile. */
  function add(op, about) {
    const reading = numbered({ op, about, place, ts_ms: Date.now() }, boot, next);
    next += 1;
    readings.push(reading);
    revision += 1;
    const kept = inTurn(() => write(['readings'], 'strict', (of) => put(of('readings'), reading)));
    pump();
    return { reading, kept };
  }

  /** They are answered: gone from here, and what a person has to answer stands in their place. */
  async function exchange(done, view) {
    const gone = new Set(done.map(({ reading }) => reading));
    keepOnly(readings.filter((reading) => !gone.has(reading)));
    // The operator first: the disk of this machine may be slow.
    tell.heard(view);
    const shown = done.map(({ reading, ack }) => tell.answered(reading, ack)).filter(Boolean);
    tell.settled();
    // A reading that comes back after a power cut is sent again; a stop would not come back.
    const durability = shown.length > 0 ? 'strict' : 'relaxed';
    await inTurn(() => write(['readings', 'stops'], durability, (of) => {
      // The turn in which each was written, and got its id, came before.
      gone.forEach((reading) => { if (reading.id !== undefined) of('readings').delete(reading.id); });
      shown.forEach((stop) => put(of('stops'), stop));
    }));
  }

  /** The gateway does not know the numbers before the first of ours: all of them get new ones, in the same order. */
  function renumber() {
    boot = drawBoot();
    next = readings.length;
    readings.forEach((reading, at) => Object.assign(reading, numbered(reading, boot, at)));
    revision += 1;
    // One that is not on disk yet is written under its new number.
    return inTurn(() => write(['readings'], 'strict', (of) => {
      readings.filter((reading) => reading.id !== undefined).forEach((reading) => of('readings').put(reading));
    }));
  }

  /** Something that a person has to answer is shown from here on. Whoever calls has it kept. */
  function showStop(stop) {
    const shown = Object.assign({}, stop);
    stops.push(shown);
    return shown;
  }

  /** A stop that no reading stands for: shown again after a reload, once this resolves. */
  function keepStop(shown) {
    return inTurn(() => write(['stops'], 'strict', (of) => put(of('stops'), shown)));
  }

  function answerStop() {
    const first = stops.shift();
    if (!first) return Promise.resolve();
    return inTurn(() => write(['stops'], 'relaxed', (of) => { if (first.id !== undefined) of('stops').delete(first.id); }));
  }

  /** Whether nothing is kept, waits for an answer, or is on its way to the disk. */
  function isQuiet() {
    return turns === 0 && !sending && readings.length === 0 && stops.length === 0;
  }

  function isSame(one, other) {
    return one.site === other.site && one.line === other.line && one.device === other.device;
  }

  /** Which terminal this browser is; null: none sends from here. What an earlier page kept without a place is of the first. */
  function at(where) {
    place = where && { site: where.site, line: where.line, device: where.device };
    if (place) readings.filter((reading) => !reading.place).forEach((reading) => { reading.place = place; });
  }

  /** Readings of terminals other than this one. */
  function others(me) {
    return readings.filter((reading) => reading.place && !isSame(reading.place, me));
  }

  /** The oldest of this terminal's. */
  function oldest(max) {
    const group = [];
    for (const reading of readings) {
      if (group.length === max) break;
      if (reading.place && isSame(reading.place, place)) group.push(reading);
    }
    return group;
  }

  /** A call that ends in time: the answer, or null when there was none. */
  async function call(path, options, ms) {
    const control = new AbortController();
    const late = setTimeout(() => control.abort(), ms);
    try {
      const always = { signal: control.signal, cache: 'no-store', credentials: 'same-origin' };
      const answer = await fetch(path, Object.assign(always, options));
      const body = answer.status === 204 ? null : await answer.json().catch(() => null);
      return { status: answer.status, body };
    } catch (error) {
      return null;
    } finally {
      clearTimeout(late);
    }
  }

  function post(path, body, ms) {
    const headers = { 'Content-Type': 'application/json' };
    return call(path, { method: 'POST', headers, body: JSON.stringify(body) }, ms || POST_MS);
  }

  function later(ms) {
    clearTimeout(timer);
    timer = setTimeout(pump, ms);
  }

  /** Sends what waits, oldest first, one call at a time. */
  async function pump() {
    if (sending || !place || readings.length === 0) return;
    sending = true;
    clearTimeout(timer);
    let wait = 0;
    try {
      while (wait === 0 && place) {
        const group = oldest(groupMax);
        wait = group.length > 0 ? await sendGroup(group) : -1;
      }
    } catch (error) {
      wait = -1;
      tell.broken(error);
    } finally {
      sending = false;
    }
    if (wait > 0) later(wait);
  }

  /** Returns how long to wait before the next: 0 to go on, less than 0 to stop. */
  async function sendGroup(group) {
    const path = '/terminal/' + [place.site, place.line, place.device].map(encodeURIComponent).join('/') + '/readings';
    const answer = await post(path, { readings: group.map((reading) => ({ body: reading.body, sig: '' })) });
    if (!answer) {
      tell.link(false);
      retryMs = Math.min(retryMs * 2, RETRY_MS_MAX);
      return retryMs;
    }
    tell.link(true);
    retryMs = RETRY_MS_MIN;
    if (answer.status === 401 || answer.status === 403 || answer.status === 404) {
      tell.denied(answer.status);
      return -1;
    }
    if (isMisfit(answer)) return misfit(group);
    if (answer.status !== 200 || !answer.body || !Array.isArray(answer.body.acks)) {
      tell.busy();
      return RETRY_MS_MIN;
    }
    return settle(group, answer.body);
  }

  /** Whether the gateway itself says that it cannot read the call. Whatever stands between says other things, and passes. */
  function isMisfit({ status, body }) {
    const kind = body ? body.type : '';
    return (status === 400 && kind === 'tracelight:malformed') || (status === 413 && kind === 'tracelight:too_long');
  }

  /** One by one it shows which of them it is. Until then they go one by one: together they may be what is too long. */
  async function misfit(group) {
    if (group.length > 1) {
      groupMax = 1;
      return 0;
    }
    const ack = { outcome: 'quarantined', reason: 'malformed', seq: group[0].seq };
    tell.refused(null);
    await exchange([{ reading: group[0], ack }], null);
    await renumber();
    groupMax = GROUP_MAX;
    return 0;
  }

  async function settle(group, body) {
    const done = [];
    let refused = null;
    for (let at = 0; at < group.length && !refused; at += 1) {
      const ack = body.acks[at];
      if (!ack || ack.outcome === 'refused') refused = ack || { outcome: 'refused' };
      else done.push({ reading: group[at], ack });
    }
    tell.refused(refused);
    await exchange(done, body.view);
    // Nobody is left of those that were too long together.
    if (readings.length === 0) groupMax = GROUP_MAX;
    if (!refused) return 0;
    if (refused.reason === 'sequence_gap') await renumber();
    return REFUSED_MS;
  }

  window.Outbox = {
    open, isFull, add, showStop, keepStop, answerStop, isQuiet, others, at, pump, call, post,
    readings: () => readings,
    revision: () => revision,
    stops: () => stops,
  };
})();

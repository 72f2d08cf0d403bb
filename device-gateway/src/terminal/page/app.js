// What all parts of the page share: the state of this terminal, and what it remembers over a reload.
//
//   app.js     the state
//   alone.js   one window of this browser at a time
//   view.js    state -> what is shown
//   panels.js  what lies over the screen: more, reasons, hand-over, pairing
//   scan.js    keys of the scanner and of the screen -> readings
//   main.js    answers of the gateway -> state
//
// Each part puts its functions into `App`; what one part asks of another is called as `App.name`.
'use strict';

(function () {
  const Outbox = window.Outbox;
  const Line = window.Line;

  const T = {
    me: remembered('me'), view: remembered('view'), heardMs: 0, clockMs: 0,
    step: remembered('step') || 'pack', locked: remembered('locked') === true,
    up: false, refused: null, denied: false, broken: null, heard: true,
    ime: false, last: null, mode: null, panel: null, pairing: null, other: null, elsewhere: false, missed: 0, alarm: 0,
  };

  function remembered(name) {
    try {
      return JSON.parse(window.localStorage.getItem('tracelight-' + name));
    } catch (error) {
      return null;
    }
  }

  function remember(name, value) {
    try {
      window.localStorage.setItem('tracelight-' + name, JSON.stringify(value));
    } catch (error) {
      // Only a convenience after a reload; readings are kept elsewhere.
    }
  }

  /** Counted ahead once for each view and each change of what is kept. */
  let counted = { view: null, revision: -1, line: null };

  function ahead() {
    const { view } = T;
    const revision = Outbox.revision();
    if (counted.view !== view || counted.revision !== revision) {
      counted = { view, revision, line: Line.ahead(view, Outbox.readings()) };
    }
    return counted.line;
  }

  function now() {
    const line = ahead();
    return { line, level: Line.shownLevel(line, T.step), stop: Outbox.stops()[0], kept: Outbox.readings().length };
  }

  window.App = { T, remembered, remember, now };
})();

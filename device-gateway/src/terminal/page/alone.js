// One window of a browser at a time is the terminal: a second one would send what the first keeps, and show its stops.
//
// Where the page came over TLS, or from the machine itself, the browser gives a lock that ends with its window. Elsewhere each
// window writes that it is there; one that has not done so for GONE_MS is gone, or asleep behind another, and learns when it
// wakes that it is not the terminal any more.
'use strict';

(function () {
  const { App } = window;
  const NAME = 'tracelight-terminal';
  const BEAT_MS = 1000;
  const GONE_MS = 4000;

  /** Resolves when this window is the terminal. `elsewhere` is called when another one is, before that or after. */
  function alone(elsewhere) {
    return navigator.locks ? locked(elsewhere) : beating(elsewhere);
  }

  function locked(elsewhere) {
    return new Promise((resolve) => {
      // The page that a reload replaces takes a moment to end.
      const late = setTimeout(elsewhere, BEAT_MS);
      const hold = () => {
        clearTimeout(late);
        resolve();
        // Until the window ends.
        return new Promise(() => {});
      };
      navigator.locks.request(NAME, hold).catch(() => {
        clearTimeout(late);
        resolve(beating(elsewhere));
      });
    });
  }

  async function beating(elsewhere) {
    const id = String(Math.random());
    const beat = () => App.remember('window', { id, ms: Date.now() });
    const isOther = () => {
      const last = App.remembered('window');
      return Boolean(last) && last.id !== id && Math.abs(Date.now() - last.ms) < GONE_MS;
    };
    while (isOther()) {
      elsewhere();
      await new Promise((resolve) => setTimeout(resolve, BEAT_MS));
    }
    beat();
    const timer = setInterval(() => {
      if (!isOther()) return beat();
      clearInterval(timer);
      return elsewhere();
    }, BEAT_MS);
    window.addEventListener('pagehide', () => { if (!isOther()) App.remember('window', null); });
  }

  App.alone = alone;
})();

// Sounds that differ in pitch, number and length: two high ones for good, three low ones for stop, one in the middle for kept.
'use strict';

(function () {
  const TONES = {
    ok: [[880, 0, 0.09], [1320, 0.1, 0.16]],
    stop: [[196, 0, 0.22], [196, 0.3, 0.22], [196, 0.6, 0.4]],
    kept: [[587, 0, 0.14]],
    note: [[440, 0, 0.1], [440, 0.15, 0.1]],
  };
  let audio = null;
  let count = 0;

  function play(name) {
    count += 1;
    // What was last asked for: for tests, and for whoever looks why a terminal is silent.
    document.body.dataset.sound = name;
    document.body.dataset.sounds = String(count);
    // The colour first: a loudspeaker may take a while to wake.
    setTimeout(() => sound(name), 0);
  }

  function sound(name) {
    wake();
    if (!audio) return;
    try {
      for (const [pitch, from, length] of TONES[name]) tone(pitch, audio.currentTime + from, length, name === 'stop');
    } catch (error) {
      // A machine without a loudspeaker: colour, shape and word are still there.
      document.body.dataset.sound = 'none';
    }
  }

  /** A browser lets a page sound once somebody has touched it or its keys: at the first of them, not at the first scan. */
  function wake() {
    const Kind = window.AudioContext || window.webkitAudioContext;
    if (!Kind) return;
    try {
      audio = audio || new Kind();
      if (audio.state === 'suspended') audio.resume().catch(() => {});
    } catch (error) {
      audio = null;
    }
  }

  function tone(pitch, from, length, harsh) {
    const source = audio.createOscillator();
    const loud = audio.createGain();
    source.type = harsh ? 'square' : 'sine';
    source.frequency.value = pitch;
    loud.gain.setValueAtTime(0.0001, from);
    loud.gain.exponentialRampToValueAtTime(harsh ? 0.5 : 0.8, from + 0.01);
    loud.gain.exponentialRampToValueAtTime(0.0001, from + length);
    source.connect(loud).connect(audio.destination);
    source.start(from);
    source.stop(from + length + 0.02);
  }

  document.addEventListener('keydown', wake, { once: true });
  document.addEventListener('click', wake, { once: true });
  window.Sound = { play };
})();

// Reads a code with the camera, on a tap. The card stands in a <template>: without scripts nobody sees it. The pictures stay in the
// page; what leaves it is the text of the code, as if it had been typed.
(() => {
  "use strict";
  const d = document, card = d.getElementById("t-cam"), WAIT_MS = 60000, STEP_MS = 200;
  if (!card) return;
  d.getElementById("m").append(card.content.cloneNode(true));
  const button = d.getElementById("cam"), video = d.getElementById("cam-v");
  const say = (name) => ["no", "denied", "none"].forEach((one) => { d.getElementById("cam-" + one).hidden = one !== name; });
  const stop = (name) => {
    if (video.srcObject) video.srcObject.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
    video.hidden = true;
    button.hidden = false;
    say(name);
  };
  const detector = async () => {
    if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return null;
    const known = await window.BarcodeDetector.getSupportedFormats();
    const formats = ["qr_code", "data_matrix"].filter((format) => known.includes(format));
    return formats.length ? new window.BarcodeDetector({ formats }) : null;
  };
  const look = async (eye, until) => {
    if (!video.srcObject) return;
    const found = await eye.detect(video).catch(() => []);
    if (found.length) {
      const text = found[0].rawValue;
      stop("");
      location.assign(card.dataset.url + "?code=" + encodeURIComponent(text));
    } else if (Date.now() > until) {
      stop("none");
    } else {
      setTimeout(look, STEP_MS, eye, until);
    }
  };
  button.addEventListener("click", async () => {
    say("");
    const eye = await detector().catch(() => null);
    if (!eye) return say("no");
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.hidden = false;
      button.hidden = true;
      await video.play();
      look(eye, Date.now() + WAIT_MS);
    } catch (_) {
      stop("denied");
    }
  });
})();

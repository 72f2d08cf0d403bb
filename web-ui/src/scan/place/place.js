// Asks for the rough place, on a tap. The card stands in a <template>: without a script, or without a way to tell, nobody sees it.
// The numbers are cut to two decimals (a kilometre) before they leave the page; the server makes a far larger area of them.
(() => {
  "use strict";
  const d = document, card = d.getElementById("t-place");
  if (!card || !navigator.geolocation) return;
  d.getElementById("m").append(card.content.cloneNode(true));
  const form = d.getElementById("place"), refused = d.getElementById("place-e");
  form.addEventListener("submit", (event) => {
    if (form.lat.value) return;
    event.preventDefault();
    navigator.geolocation.getCurrentPosition((found) => {
      form.lat.value = found.coords.latitude.toFixed(2);
      form.lon.value = found.coords.longitude.toFixed(2);
      form.submit();
    }, () => { refused.hidden = false; }, { enableHighAccuracy: false, timeout: 20000, maximumAge: 600000 });
  });
})();

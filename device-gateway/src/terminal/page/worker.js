// Opens the page without network. A browser runs a worker only where the page came over TLS, or from its own machine.
//
// Each version of the page is kept whole, in a store of its own, and its files carry the version in their addresses: so files of
// two versions never meet. The page itself comes from the network first, so that it fits the gateway, which has WAIT_MS to
// answer: a cable that is out says nothing at all. Only the page's own files are kept: never what the gateway says of the line.
'use strict';

const NAME = 'tracelight-terminal';
const VERSION = '{version}';
const KEPT = NAME + '-' + VERSION;
const PAGE = './';
const FILES = '{shell}'.split(' ');
const WAIT_MS = 2000;

self.addEventListener('install', (event) => {
  const all = [PAGE].concat(FILES.map((name) => name + '?v=' + VERSION));
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(all)).then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  const isOld = (name) => name.indexOf(NAME) === 0 && name !== KEPT;
  const cleared = caches.keys().then((names) => Promise.all(names.filter(isOld).map((name) => caches.delete(name))));
  event.waitUntil(cleared.then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
  const name = url.pathname.replace(/^\/terminal\//, '') || PAGE;
  if (name === PAGE) event.respondWith(page(event.request));
  else if (FILES.indexOf(name) >= 0 && url.search === '?v=' + VERSION) event.respondWith(file(event.request));
});

async function page(request) {
  try {
    const late = new Promise((resolve, reject) => setTimeout(() => reject(new Error('no answer')), WAIT_MS));
    return await Promise.race([fetch(request), late]);
  } catch (error) {
    const old = await (await caches.open(KEPT)).match(PAGE);
    if (old) return old;
    throw error;
  }
}

async function file(request) {
  return (await (await caches.open(KEPT)).match(request)) || fetch(request);
}

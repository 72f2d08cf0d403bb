// Sends each page's document in many small pieces, as a slow network does, and tells what moved although nobody touched it.
//
// Input:  {pages: [{name, html}], width, height}
// Output: [{name, pieces, moved}]
//   pieces  into how many it was cut: the head, and the body after the end of each block
//   moved   [{score, what}]: the layout shifts (W3C Layout Instability), with the elements that moved

import { createServer } from 'node:http';

/** Longer than two frames, so that each piece is painted. */
const PIECE_MS = 50;
const PIECES_MAX = 60;

export default async function arrive(session, { pages, width, height }) {
  const server = createServer((request, response) => send(pages[Number(request.url.slice(1))], response));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${server.address().port}`;
  try {
    const seen = [];
    for (const [at, { name, html }] of pages.entries()) {
      const open = await session.open({ url: `${base}/${at}`, width, height });
      const moved = await open.page.evaluate(shifts);
      await open.page.close();
      seen.push({ name, pieces: cut(html).length, moved });
    }
    return seen;
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Where a document is cut. Within a line of text what comes next may still push what is there, by a word. */
const END_OF_BLOCK = /(?<=<\/(?:p|div|li|ol|ul|dl|h[1-6]|a|button|form|fieldset|label|section|header|main|footer)>)/;

/** The head in one piece, then the body. */
function cut(html) {
  const body = html.indexOf('<body');
  const blocks = html.slice(body).split(END_OF_BLOCK);
  const each = Math.ceil(blocks.length / PIECES_MAX);
  const pieces = [html.slice(0, body)];
  for (let at = 0; at < blocks.length; at += each) pieces.push(blocks.slice(at, at + each).join(''));
  return pieces;
}

async function send(page, response) {
  if (!page) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'x-content-type-options': 'nosniff' });
  for (const piece of cut(page.html)) {
    response.write(piece);
    await new Promise((resolve) => setTimeout(resolve, PIECE_MS));
  }
  response.end();
}

function shifts() {
  return new Promise((resolve) => {
    const found = [];
    const told = (entry) => ({
      score: entry.value,
      what: entry.sources.map(({ node, previousRect: from, currentRect: to }) => {
        const name = node && (node.outerHTML ?? node.textContent ?? '').slice(0, 80);
        return `${name} from ${from.x},${from.y} ${from.width}x${from.height} to ${to.x},${to.y} ${to.width}x${to.height}`;
      }),
    });
    new PerformanceObserver((list) => found.push(...list.getEntries().map(told))).observe({ type: 'layout-shift', buffered: true });
    setTimeout(() => resolve(found), 200);
  });
}

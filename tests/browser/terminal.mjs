// A browser that is a terminal of a line, for the stories in terminal-story.mjs.

import { join } from 'node:path';

const GS = '\u001d';
export const WIDE = { width: 1024, height: 768 };

export function check(what, found, expected) {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: found ${a}, expected ${b}`);
}

/** A browser that is a terminal. */
export class Terminal {
  constructor(open, input) {
    this.open = open;
    this.page = open.page;
    this.input = input;
  }

  static async start(session, input, name, token, lang = 'en') {
    const open = await session.open({ url: input.base + '/terminal/', session: name, lang, ...WIDE });
    const terminal = new Terminal(open, input);
    await terminal.page.waitForSelector('#field', { state: 'visible' });
    // The token comes from the scanner, too.
    await terminal.page.keyboard.type(token);
    await terminal.page.keyboard.press('Enter');
    await terminal.face('ready');
    await terminal.watch();
    return terminal;
  }

  /** Measures from the key that ends a scan to the colour that is painted. */
  async watch() {
    await this.page.evaluate(() => {
      window.times = [];
      let from = 0;
      document.addEventListener('keydown', (event) => {
        if (event.key === 'Enter' || event.key === 'Tab') from = performance.now();
      }, true);
      document.addEventListener('click', () => { from = 0; }, true);
      new MutationObserver(() => {
        if (!from || !['ok', 'stop', 'kept'].includes(document.body.dataset.face)) return;
        const [began, face] = [from, document.body.dataset.face];
        from = 0;
        // What is about to be painted; by the time it is, another answer may be there.
        const [colour, sound] = [getComputedStyle(document.body).backgroundColor, document.body.dataset.sound];
        requestAnimationFrame(() => setTimeout(() => {
          window.times.push({ ms: performance.now() - began, face, colour, sound });
        }));
      }).observe(document.body, { attributes: true, attributeFilter: ['data-face'] });
    });
  }

  async times() {
    const times = await this.page.evaluate(() => window.times);
    const colours = { ok: 'rgb(0, 107, 50)', stop: 'rgb(176, 19, 30)', kept: 'rgb(223, 228, 234)' };
    for (const { face, colour, sound } of times) {
      check(`the colour of ${face}`, colour, colours[face]);
      check(`the sound of ${face}`, sound, face);
    }
    return times.map(({ ms }) => ms);
  }

  async keys(raw, end = 'Enter') {
    for (const [at, part] of raw.split(GS).entries()) {
      if (at > 0) await this.page.keyboard.press('Control+BracketRight');
      await this.page.keyboard.type(part);
    }
    await this.page.keyboard.press(end);
  }

  /** A scan, and the face that it leads to. */
  async scan(raw, face, end) {
    await this.keys(raw, end);
    if (face) await this.face(face);
  }

  async face(face) {
    try {
      await this.page.waitForSelector(`body[data-face=${face}]`, { timeout: 20_000 });
    } catch (error) {
      throw new Error(`no face ${face}; the page says: ${await this.page.innerText('body')}\n${this.open.log.errors}`);
    }
  }

  async text(id) {
    return (await this.page.innerText('#' + id)).trim();
  }

  async says(id, text) {
    await this.page.waitForFunction(([id, text]) => document.getElementById(id).textContent.includes(text), [id, text], { timeout: 20_000 })
      .catch(async () => { throw new Error(`#${id} says "${await this.text(id)}", expected "${text}"; page: ${await this.page.innerText('body')}`); });
  }

  /** No hand presses a key twice within this; what does is a glove that bounces, and the page takes it for one. */
  async press(id) {
    const since = performance.now() - (this.pressed?.id === id ? this.pressed.ms : -1000);
    if (since < 350) await this.page.waitForTimeout(350 - since);
    await this.page.click('#key-' + id);
    this.pressed = { id, ms: performance.now() };
  }

  /** A scan that is blocked with this reason, and the answer to it. */
  async blocked(raw, what, after = 'ready') {
    await this.scan(raw, 'stop');
    await this.says('what', what);
    if ((await this.text('todo-text')) === '') throw new Error(`${what}: nothing says what to do`);
    await this.press('answer');
    if (after) await this.face(after);
  }

  async count(text) {
    await this.says('counter', text);
  }

  async shot(name) {
    if (this.input.screenshots) await this.page.screenshot({ path: join(this.input.screenshots, `line-${name}.png`) });
  }

  /** Errors that are no part of the story: a browser notes each call that a cut network has ended. */
  errors() {
    return this.open.log.errors.filter((text) => !/Failed to load resource|ERR_|net::|status of 401/.test(text));
  }
}

/** Does something to the plant. */
export async function act(input, what) {
  const answer = await fetch(`${input.control}/${what}`, { method: 'POST' });
  if (!answer.ok) throw new Error(`${what}: ${answer.status}`);
}

/** What can be touched, and how large it is; what is cut off; what axe says. */
export async function measure(terminal, name) {
  const found = await terminal.page.evaluate(() => {
    const shown = (element) => element.getClientRects().length > 0 && getComputedStyle(element).visibility === 'visible';
    const over = document.getElementById('panel').hidden ? document.body : document.getElementById('panel');
    const targets = [...over.querySelectorAll('button, input, a, select, textarea')].filter(shown);
    const box = (element) => element.getBoundingClientRect();
    const small = targets.filter((element) => box(element).width < 64 || box(element).height < 64)
      .map((element) => `${element.id} ${box(element).width}x${box(element).height}`);
    const cut = [...over.querySelectorAll('h1, h2, p, b, button')].filter(shown)
      .filter((element) => element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0 && getComputedStyle(element).display !== 'inline')
      .map((element) => element.id || element.textContent);
    const overlap = targets.some((one, at) => targets.slice(at + 1).some((other) => {
      const [a, b] = [box(one), box(other)];
      return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    }));
    const root = document.documentElement;
    const main = document.getElementById('main');
    const squeezed = main.scrollHeight > main.clientHeight + 1 ? ['main'] : [];
    return { targets: targets.length, small: overlap ? small.concat('overlap') : small, cut: cut.concat(squeezed), overflow: root.scrollWidth > root.clientWidth };
  });
  return { name, ...found, axe: (await terminal.open.axe()).map(({ id, target, summary }) => ({ id, target, summary })) };
}

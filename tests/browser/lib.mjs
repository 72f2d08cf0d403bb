// The browser as the tests use it: the system's Chromium through playwright-core, axe, and a log of what went over the wire.
//
// A page is opened with options (all but `url` may be left out):
//   url         where to go
//   width       of the window in CSS pixels (390); below 600 it is a phone with touch and two device pixels per pixel
//   height      (844)
//   dark        true for the dark colour scheme
//   lang        what the browser asks for, such as `zh-CN` ("en")
//   js          false to switch JavaScript off
//   userAgent   another user agent string
//   cookies     [{name, value, url}]
//   headers     {name: value}, sent with every request
//   offline     true to cut the page off from every network
//   session     a name: pages with the same one share cookies and storage, as tabs of one browser do. `js`, `lang`,
//               `userAgent` and `headers` are those of the first page with that name.

import { createRequire } from 'node:module';
import { join } from 'node:path';

const modules = process.env.TRACELIGHT_NODE_MODULES;
if (!modules) throw new Error('TRACELIGHT_NODE_MODULES is not set. Hint: run ./scripts/test, which sets it up');
const require = createRequire(join(modules, 'tests.js'));
const { chromium } = require('playwright-core');
const axe = require('axe-core');

/** Longest wait for one step, in milliseconds. */
const STEP_MS = 30_000;

/** What axe checks: WCAG 2.0 to 2.2, levels A and AA. */
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'];

/** Nothing of the browser's own may reach the network, and nothing may take another way than the one that is logged. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-default-apps',
  '--disable-dev-shm-usage',
];

export class Session {
  #browser;
  #contexts = new Map();

  constructor(browser) {
    this.#browser = browser;
  }

  static async start() {
    const executablePath = process.env.CHROMIUM;
    if (!executablePath) throw new Error('CHROMIUM is not set. Hint: run ./scripts/test, which installs it');
    return new Session(await chromium.launch({ executablePath, headless: true, args: FLAGS, timeout: 60_000 }));
  }

  async close() {
    await this.#browser.close();
  }

  /** Opens a page and waits until the network is quiet. */
  async open(options) {
    const page = await this.#blank(options);
    const log = new PageLog(page);
    const response = await page.goto(options.url, { waitUntil: 'load', timeout: STEP_MS });
    await quiet(page);
    return new OpenPage(page, log, response, options.js ?? true);
  }

  async #blank(options) {
    const { width = 390, height = 844, dark = false, lang = 'en' } = options;
    const phone = width < 600;
    const contextOptions = {
      viewport: { width, height },
      deviceScaleFactor: phone ? 2 : 1,
      hasTouch: phone,
      colorScheme: dark ? 'dark' : 'light',
      locale: lang,
      javaScriptEnabled: options.js ?? true,
      userAgent: options.userAgent,
      extraHTTPHeaders: options.headers,
      acceptDownloads: true,
      reducedMotion: 'reduce',
      offline: options.offline ?? false,
    };
    let context = options.session === undefined ? undefined : this.#contexts.get(options.session);
    if (!context) {
      context = await this.#browser.newContext(contextOptions);
      context.setDefaultTimeout(STEP_MS);
      if (options.session !== undefined) this.#contexts.set(options.session, context);
    }
    if (options.cookies) await context.addCookies(options.cookies);
    const page = await context.newPage();
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce' });
    return page;
  }
}

/** The network has been silent for half a second, or five seconds have passed: a page may hold an event stream open. */
async function quiet(page) {
  await page.waitForLoadState('networkidle', { timeout: 5_000 }).catch(() => {});
}

/** A call into the page has no limit of its own. */
async function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not end within ${ms / 1000} s`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** What a page asked for and complained about. */
class PageLog {
  requests = [];
  errors = [];
  #pending = [];
  #asked = new Map();

  constructor(page) {
    page.on('request', (request) => this.#asked.set(request, this.#asked.size));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('requestfailed', (request) => {
      const failed = request.failure()?.errorText ?? 'failed';
      this.requests.push({ order: this.#asked.get(request), url: request.url(), method: request.method(), failed });
    });
    page.on('requestfinished', (request) => this.#pending.push(this.#finished(request)));
  }

  async #finished(request) {
    const response = await request.response();
    const sizes = await request.sizes().catch(() => null);
    this.requests.push({
      order: this.#asked.get(request),
      url: request.url(),
      method: request.method(),
      type: request.resourceType(),
      status: response?.status() ?? 0,
      encoding: response?.headers()['content-encoding'] ?? '',
      // As transferred: compressed, without headers.
      bytes: sizes?.responseBodySize ?? 0,
      header_bytes: sizes?.responseHeadersSize ?? 0,
    });
  }

  /** All that came to an end, in the order in which it was asked for: on a busy machine a script is done before its document. */
  async settled() {
    await Promise.all(this.#pending);
    return this.requests.sort((one, other) => one.order - other.order);
  }
}

export class OpenPage {
  constructor(page, log, response, js) {
    this.page = page;
    this.js = js;
    this.log = log;
    this.status = response?.status() ?? 0;
    this.headers = response?.headers() ?? {};
  }

  /**
   * Does steps in order. A step is an object with one key:
   *   {fill: [selector, text]} {select: [selector, value]} {check: selector} {click: selector} {press: [selector, key]}
   *   {wait: selector}         until it is visible
   *   {waitText: text}         until the page's text contains it
   *   {goto: url} {screenshot: file}
   *   {upload: [selector, file]}
   *   {download: [selector, file]}   clicks, and saves what comes
   */
  async steps(steps) {
    for (const [index, step] of steps.entries()) {
      try {
        await this.#step(step);
      } catch (error) {
        const text = (await this.text().catch(() => '')).slice(0, 600);
        throw new Error(`step ${index} ${JSON.stringify(step)} at ${this.page.url()}: ${error.message}\npage says: ${text}`);
      }
    }
    await quiet(this.page);
  }

  async #step(step) {
    const { page } = this;
    const [[kind, value]] = Object.entries(step);
    switch (kind) {
      case 'fill': return page.fill(value[0], value[1]);
      case 'select': return page.selectOption(value[0], value[1]);
      case 'check': return page.check(value);
      case 'click': return page.click(value);
      case 'press': return page.press(value[0], value[1]);
      case 'wait': return page.waitForSelector(value, { state: 'visible' });
      case 'waitText': return page.locator(`body:has-text(${JSON.stringify(value)})`).first().waitFor({ state: 'attached' });
      case 'goto': return page.goto(value, { waitUntil: 'load', timeout: STEP_MS });
      case 'screenshot': return this.screenshot(value);
      case 'upload': return page.setInputFiles(value[0], value[1]);
      case 'download': {
        const [download] = await Promise.all([page.waitForEvent('download'), page.click(value[0])]);
        return download.saveAs(value[1]);
      }
      default: throw new Error(`no such step: ${kind}`);
    }
  }

  /** What a reader sees, without hidden text. */
  async text() {
    return this.page.innerText('body');
  }

  async screenshot(file) {
    await this.page.screenshot({ path: file, fullPage: true });
  }

  /** Prints the page to a file, on the paper that its style sheet asks for. */
  async print(file) {
    await this.page.pdf({ path: file, preferCSSPageSize: true, printBackground: false });
  }

  /** What axe finds: [{id, impact, target, html, help}], one entry for each element. Works with JavaScript off, too. */
  async axe() {
    await this.page.evaluate(axe.source + '; undefined');
    // A page without JavaScript answers our calls but runs no timers, and axe defers its steps with timers of no delay.
    // Longer ones are axe's own time limits; this side has one.
    if (!this.js) {
      await this.page.evaluate(() => {
        window.setTimeout = (step, delay = 0) => {
          if (delay < 100) Promise.resolve().then(step);
          return 0;
        };
      });
    }
    const options = { runOnly: { type: 'tag', values: AXE_TAGS }, preload: false };
    const found = await within(STEP_MS, 'axe', this.page.evaluate((given) => window.axe.run(document, given), options));
    return found.violations.flatMap(({ id, impact, help, nodes }) =>
      nodes.map(({ target, html, failureSummary }) => ({ id, impact, help, target: target.join(' '), html, summary: failureSummary })),
    );
  }

  /** Everything a test usually asks of a page, as plain data. */
  async report({ axe = false } = {}) {
    const { page } = this;
    const requests = await this.log.settled();
    const shape = await page.evaluate(() => ({
      title: document.title,
      lang: document.documentElement.lang,
      h1: [...document.querySelectorAll('h1')].map((heading) => heading.innerText.trim()),
      overflow: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    }));
    return {
      url: page.url(),
      status: this.status,
      headers: this.headers,
      ...shape,
      text: await this.text(),
      html: await page.content(),
      axe: axe ? await this.axe() : null,
      requests,
      errors: this.log.errors,
    };
  }
}

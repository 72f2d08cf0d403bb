// An operator at the line screen, in a real browser, with a scanner that is a keyboard. One story a run.
//
// Input:  {story, base, control, tokens, codes, serials, labels, foreign, product, screenshots?}
//   base      where the page is; control, where POST /cut, /mend, /kill, /launch act on the plant
//   tokens    of two terminals; codes, labels: what is printed on packs and cases
//   foreign   a code that was never issued; product: one of another product
// Output: {times_ms, errors, ...}: what the test compares; what can be seen on the way is checked here, with a word what it is.

import { Terminal, WIDE, act, check, measure } from './terminal.mjs';

/** L1, L2, L3, L5, L6. */
async function shift(session, input) {
  const { codes, labels, foreign, product } = input;
  const one = await Terminal.start(session, input, 'one', input.tokens[0]);
  await one.count('0 of 5');
  await one.scan(codes[0], 'ok');
  await one.says('what', 'Pack 1 is in the case');
  await one.count('1 of 5');

  // L2: wherever somebody has touched, the next scan is heard; a scanner may end with Tab; no key presses a button.
  await one.press('more');
  await one.page.click('#panel-back');
  await one.page.mouse.click(500, 300);
  await one.scan(codes[1], 'ok', 'Tab');
  await one.count('2 of 5');
  check('the focus', await one.page.evaluate(() => document.activeElement.id), 'main');
  await one.press('more');
  // A scan comes before whatever lies over the screen.
  await one.scan(codes[2], 'ok');
  await one.count('3 of 5');
  check('the panel', await one.page.isVisible('#panel'), false);
  await one.page.keyboard.press('Enter');
  await one.count('3 of 5');

  // L3: blocked, with the reason and what to do.
  await one.blocked(codes[0], 'read at this step already');
  await one.blocked(foreign, 'never issued');
  await one.blocked(product, 'another product');
  await one.blocked(codes[30], 'not good');
  await one.blocked('smudge', 'cannot be read');
  await one.blocked(labels[0], 'not as many inside');
  await one.press('more');
  await one.press('step-stack');
  await one.blocked(codes[3], 'another level');
  await one.press('more');
  await one.press('step-pack');
  // STOP waits: what is scanned before it is answered is not taken, and the screen says so.
  await one.scan(codes[0], 'stop');
  await one.shot('stop-1024-en');
  await one.keys(codes[3]);
  await one.says('todo-text', 'Not taken since then: 1');
  await one.press('call');
  await one.says('keys', 'Calling');
  await one.press('answer');
  await one.face('ready');
  await one.count('3 of 5');

  // L5: undo, n of N, full, close, break with a reason.
  await one.page.dblclick('#key-undo');
  await one.says('what', 'out of the case');
  await one.count('2 of 5');
  for (const at of [2, 3, 4]) await one.scan(codes[at], 'ok');
  await one.count('5 of 5');
  await one.scan(labels[0], 'ok');
  await one.says('what', 'case is closed');
  await one.count('0 of 5');
  await one.press('more');
  await one.press('break');
  await one.says('word', 'Break up');
  await one.keys(labels[0]);
  await one.press('why-damaged');
  await one.face('ok');
  await one.says('what', 'broken up');
  for (const at of [0, 1, 2, 3, 4]) await one.scan(codes[at], 'ok');
  await one.blocked(labels[0], 'broken up and is dead');
  await one.scan(labels[1], 'ok');

  // L6: another label needs a reason, the old code is dead; so is one that is voided or rejected.
  await one.press('more');
  await one.press('replace');
  await one.keys(codes[5]);
  await one.says('word', 'new code');
  await one.keys(codes[40]);
  await one.page.click('#send');
  await one.says('field-wrong', 'Write a reason');
  await one.page.fill('#field', 'ink ran');
  await one.page.keyboard.press('Enter');
  await one.face('ok');
  await one.says('what', 'new label');
  await one.blocked(codes[5], 'not good');
  await one.scan(codes[40], 'ok');
  await one.press('more');
  await one.press('reject');
  await one.keys(codes[6]);
  // A scan in the middle of the question takes nothing's place: the reason is still asked for the first one.
  await one.page.waitForSelector('#key-why-quality');
  await one.blocked(codes[8], 'reason is asked for first', null);
  await one.press('why-quality');
  await one.says('what', 'Rejected');
  await one.blocked(codes[6], 'not good');
  await one.press('more');
  await one.press('invalidate');
  await one.keys(codes[50]);
  await one.press('why-damaged');
  await one.says('what', 'void');
  // Closed early, by a person who says so first.
  await one.scan(codes[7], 'ok');
  await one.press('close');
  await one.says('word', 'early');
  await one.scan(labels[2], 'ok');
  await one.says('what', 'case is closed');
  await one.press('more');
  await one.press('step-stack');
  await one.scan(labels[2], 'ok');
  await one.count('1 of 4');
  await one.press('more');
  await one.press('step-pack');
  for (const at of [8, 9]) await one.scan(codes[at], 'ok');
  await one.press('more');
  await one.press('recent');
  await one.says('panel-list', 'stored');
  await one.says('panel-list', 'packer-1');
  await one.page.click('#panel-back');
  const report = await one.open.report();
  const foreignCalls = report.requests.filter((request) => !request.url.startsWith(input.base)).map((request) => request.url);
  return { times_ms: await one.times(), errors: one.errors(), foreign: foreignCalls };
}

/** L4. */
async function network(session, input) {
  const { codes, labels, foreign } = input;
  const one = await Terminal.start(session, input, 'one', input.tokens[0]);
  await one.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  for (const at of [0, 1]) await one.scan(codes[at], 'ok');
  await one.says('link-text', 'All with the gateway');

  // A cable is out: nobody answers, and nobody says so.
  await act(input, 'cut');
  for (const at of [2, 3]) await one.scan(codes[at], 'kept');
  await one.count('4 of 5');
  await one.says('link-text', 'No network, 2 kept here');
  await one.scan(foreign, 'kept');
  // What was scanned here already is known without the gateway.
  await one.scan(codes[3], 'stop');
  await one.says('what', 'not with the gateway yet');
  await one.press('answer');
  await one.scan(codes[4], 'kept');
  await one.says('note-text', 'Kept here: 5, the oldest');
  await one.says('link-text', 'No network, 5 kept here');
  await one.shot('offline-1024-en');
  check('OK while nothing was stored', await one.page.evaluate(() => document.body.dataset.face), 'kept');
  const times = await one.times();

  // The page is loaded again without network: it is there, with what it keeps.
  await one.page.reload({ waitUntil: 'load' });
  await one.page.waitForSelector('body[data-started=yes]');
  await one.says('link-text', 'No network, 5 kept here');
  await one.watch();
  // The foreign code counts ahead until the gateway has judged: six here.
  await one.says('counter', '6 of 5');
  await one.press('undo');
  await one.face('kept');
  await one.says('link-text', 'No network, 6 kept here');
  await one.press('hand-over');
  await one.says('panel-text', 'not with the gateway: 6');
  await one.page.click('#panel-back');
  times.push(...await one.times());

  // Mended: everything goes out by itself, in order. What was blocked meanwhile is said one by one.
  await act(input, 'mend');
  await one.face('stop');
  await one.says('what', 'never issued');
  await one.says('what', 'Scanned at');
  await one.press('answer');
  await one.says('link-text', 'All with the gateway');
  await one.count('4 of 5');
  await one.scan(codes[4], 'ok');
  await one.scan(labels[0], 'ok');

  // The gateway dies in the middle of a series, and again; the operator goes on.
  for (const [round, from] of [[0, 5], [1, 9]]) {
    for (const at of [from, from + 1]) await one.scan(codes[at]);
    await act(input, 'kill');
    for (const at of [from + 2, from + 3]) await one.scan(codes[at], 'kept');
    await one.page.reload({ waitUntil: 'load' });
    await one.page.waitForSelector('body[data-started=yes]');
    await act(input, 'launch');
    await one.says('link-text', 'All with the gateway');
    if (round === 0) {
      await one.scan(codes[20], 'ok');
      await one.scan(labels[1], 'ok');
      await one.count('0 of 5');
    }
  }
  await one.count('4 of 5');
  check('stops that nobody expects', await one.page.evaluate(() => document.body.dataset.face), 'ready');
  const closed = (await one.page.evaluate(async () => {
    const state = await (await fetch('/terminal/xian/line-2/packer-1/state')).json();
    return state.line.recent.filter((reading) => reading.kind === 'close_case' && !reading.reason).length;
  }));
  return { times_ms: times, errors: one.errors(), closed };
}

/** L3 and L4: what a person has not answered stays, and a second window takes nothing of the first. */
async function windows(session, input) {
  const { codes, foreign } = input;
  // Who is no terminal is not ready. A token that was mistyped is scanned again, and takes the wrong one's place.
  const open = await session.open({ url: input.base + '/terminal/', session: 'one', lang: 'en', ...WIDE });
  const one = new Terminal(open, input);
  await one.page.waitForSelector('#field', { state: 'visible' });
  await one.keys(input.tokens[0].replace(/^./, 'x'));
  await one.says('field-wrong', 'no token of a terminal');
  await one.face('start');
  await one.keys(input.tokens[0]);
  await one.face('ready');
  await one.scan(codes[0], 'ok');

  // A STOP that nobody has answered is there again after a reload.
  await one.scan(foreign, 'stop');
  await one.page.reload({ waitUntil: 'load' });
  await one.face('stop');
  await one.says('what', 'never issued');
  await one.press('answer');
  await one.face('ready');

  // An answer that is lost on its way: the gateway has blocked the reading, and says so when it comes again. It is lost only
  // after the page has said that the scan is kept: on a quick line the second answer would come before that.
  await one.page.evaluate(() => {
    const { fetch } = window;
    let lost = false;
    window.fetch = async (path, options) => {
      const answer = await fetch(path, options);
      if (lost || !/readings$/.test(path)) return answer;
      lost = true;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      throw new TypeError('lost');
    };
  });
  await one.keys(foreign);
  await one.face('stop');
  await one.says('what', 'never issued');
  await one.says('what', 'Scanned at');
  await one.press('answer');
  await one.scan(codes[1], 'ok');
  await one.count('2 of 5');

  // Another window of this browser is no second terminal; it goes on when the first is closed.
  const second = async () => {
    const other = new Terminal(await session.open({ url: input.base + '/terminal/', session: 'one', ...WIDE }), input);
    await other.face('locked');
    await other.says('word', 'Already open');
    await other.shot('elsewhere-1024-en');
    return other;
  };
  const two = await second();
  await two.keys(codes[2]);
  await one.says('counter', '2 of 5');
  await one.page.close();
  await two.face('ready');
  await two.scan(codes[2], 'ok');
  await two.count('3 of 5');

  // The same where the browser gives no lock.
  await two.page.context().addInitScript(() => Object.defineProperty(navigator, 'locks', { value: undefined }));
  await two.page.reload({ waitUntil: 'load' });
  await two.face('ready');
  const three = await second();
  await two.page.close();
  await three.face('ready');
  await three.scan(codes[3], 'ok');
  await three.count('4 of 5');
  return { errors: [one, two, three].flatMap((terminal) => terminal.errors()) };
}

/** L5, with one more level. */
async function bundles(session, input) {
  const { codes, labels } = input;
  const code = (at) => `(01)19506000134359(21)B${at}`;
  const one = await Terminal.start(session, input, 'one', input.tokens[0]);
  await one.count('0 of 2');
  await one.says('count-name', 'Bundle');
  for (const bundle of [1, 2]) {
    await one.scan(codes[2 * bundle], 'ok');
    await one.scan(codes[2 * bundle + 1], 'ok');
    await one.says('todo-text', 'The bundle is full');
    await one.scan(code(bundle), 'ok');
    await one.says('what', 'bundle is closed');
    await one.scan(code(bundle), 'ok');
    await one.says('what', `${bundle} is in the case`);
  }
  await one.says('count-name', 'Case');
  await one.count('2 of 2');
  await one.scan(labels[0], 'ok');
  await one.says('what', 'case is closed');
  // The newest thing is out of whatever is open: a pack of the bundle first, then a bundle of the case.
  for (const at of [8, 9]) await one.scan(codes[at], 'ok');
  await one.scan(code(3), 'ok');
  await one.scan(code(3), 'ok');
  await one.scan(codes[10], 'ok');
  await one.press('undo');
  await one.says('what', 'out of the bundle');
  await one.press('undo');
  await one.says('what', 'out of the case');
  await one.scan(code(3), 'ok');
  await one.scan(codes[10], 'ok');
  await one.blocked(code(7), 'not as many inside');
  return { errors: one.errors() };
}

/** L7. */
async function handover(session, input) {
  const { codes } = input;
  const one = await Terminal.start(session, input, 'one', input.tokens[0]);
  for (const at of [0, 1]) await one.scan(codes[at], 'ok');
  await one.press('hand-over');
  await one.says('panel-text', '2 of 5');
  await one.press('hand-over-sure');
  await one.face('locked');
  await one.scan(codes[2], 'stop');
  await one.says('what', 'handed its shift over');
  await one.press('answer');
  await one.face('locked');
  await one.page.reload({ waitUntil: 'load' });
  await one.face('locked');
  await one.says('what', '2 of 5');

  const two = await Terminal.start(session, input, 'two', input.tokens[1], 'zh-CN');
  await two.says('counter', '2 / 5');
  await two.scan(codes[2], 'ok');
  await two.press('undo');
  await two.says('what', '撤销');
  await two.press('undo');
  await two.says('counter', '1 / 5');
  for (const at of [1, 2]) await two.scan(codes[at], 'ok');
  await two.says('counter', '3 / 5');
  // The first one sees it, and may go on, too.
  await one.says('what', '3 of 5');
  await one.press('take-over');
  await one.face('ready');
  await one.count('3 of 5');
  await one.scan(codes[1], 'stop');
  await one.says('what', 'already');
  return { errors: one.errors().concat(two.errors()) };
}

/** L8, in both languages. */
async function screens(session, input) {
  const { codes, labels } = input;
  const list = [];
  const errors = [];
  for (const [lang, token, name] of [['en', input.tokens[0], 'en'], ['zh-CN', input.tokens[1], 'zh']]) {
    const open = await session.open({ url: input.base + '/terminal/', session: name, lang, ...WIDE });
    const one = new Terminal(open, input);
    const look = async (what) => {
      await one.shot(`${what}-1024-${name}`);
      list.push(await measure(one, `${what} ${name}`));
    };
    await one.page.waitForSelector('#field', { state: 'visible' });
    await look('pair');
    await one.page.fill('#field', token);
    await one.page.keyboard.press('Enter');
    await one.face('ready');
    await look('ready');
    const from = name === 'en' ? 0 : 8;
    for (const at of [from, from + 1, from + 2]) await one.scan(codes[at], 'ok');
    await look('ok');
    await one.scan(codes[from], 'stop');
    await look('blocked');
    await one.press('answer');
    await one.press('more');
    await look('more');
    await one.press('recent');
    await look('recent');
    await one.page.click('#panel-back');
    await one.press('more');
    await one.press('break');
    await look('break');
    await one.keys(labels[5]);
    await one.page.waitForSelector('#key-why-damaged');
    await look('reason');
    await one.page.click('#panel-back');
    await act(input, 'cut');
    await one.scan(codes[from + 3], 'kept');
    await one.says('link-text', name === 'en' ? 'No network' : '网络中断');
    await one.page.waitForSelector('#note:not([hidden])');
    await look('offline');
    await act(input, 'mend');
    await one.says('link-text', name === 'en' ? 'All with' : '已全部存入');
    await one.scan(codes[from + 4], 'ok');
    await one.scan(labels[name === 'en' ? 0 : 1], 'ok');
    await one.press('hand-over');
    await look('hand-over');
    await one.press('hand-over-sure');
    await one.face('locked');
    await look('locked');
    errors.push(...one.errors());
    await one.page.close();
  }
  return { screens: list, errors };
}

export default async function story(session, input) {
  return { shift, network, windows, bundles, handover, screens }[input.story](session, input);
}

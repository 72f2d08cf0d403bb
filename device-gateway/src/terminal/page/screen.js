// Draws what main.js says. Texts come from the catalogue (texts.js) by their key; nothing here knows what a reading is.
'use strict';

(function () {
  const CELLS_MAX = 120;
  const COLUMNS_MAX = 24;
  const BOUNCE_MS = 300;
  let language = 'en';
  let drawn = null;
  let pressed = { id: '', ms: 0 };

  function by(id) {
    return document.getElementById(id);
  }

  /** A text of the catalogue; a key that is missing is shown as such, and a test fails. */
  function t(key, values) {
    const text = window.TEXTS[language][key] || key;
    return text.replace(/\{(\w+)\}/g, (whole, name) => (values && name in values ? String(values[name]) : whole));
  }

  function has(key) {
    return key in window.TEXTS[language];
  }

  function setLanguage(to) {
    language = to === 'zh' ? 'zh' : 'en';
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
    document.title = t('title');
    by('panel-back').textContent = t('back');
  }

  /** Changes a text only when it is another one: what is announced is what changed. */
  function put(id, text) {
    const element = by(id);
    if (element.textContent !== text) element.textContent = text;
  }

  function box(id, head, text) {
    const element = by(id);
    element.hidden = !text;
    put(id + '-head', head || '');
    put(id + '-text', text || '');
  }

  /** The whole face: {face, word, what, code, todo, detail, note: [head, text]}. */
  function face(model) {
    document.body.dataset.face = model.face;
    // A sentence cannot stand where a word does.
    document.body.classList.toggle('long', model.word.length > (language === 'zh' ? 6 : 8));
    put('word', model.word);
    put('what', model.what || '');
    put('code', model.code || '');
    put('detail', model.detail || '');
    box('todo', model.todo ? t('do_this') : '', model.todo);
    box('note', model.note ? model.note[0] : '', model.note ? model.note[1] : '');
  }

  /** The head: where this is, and how it stands with the gateway. */
  function head(model) {
    put('line', model.line);
    put('order', model.order);
    by('link').dataset.sign = model.sign;
    put('link-text', model.link);
  }

  /** n of N: {name, more, count, of, ahead, mark}. `mark`: the last cell is the one that was just filled. */
  function counter(model) {
    put('count-name', model.name);
    put('count-more', model.more);
    put('counter', model.of ? t('n_of_n', { n: model.count, of: model.of }) : String(model.count));
    const cells = by('cells');
    const shape = [model.count, model.of, model.ahead, model.mark].join('/');
    if (cells.dataset.shape === shape) return;
    cells.dataset.shape = shape;
    cells.textContent = '';
    const many = !model.of || model.of > CELLS_MAX;
    cells.classList.toggle('many', many);
    if (many) {
      const bar = cells.appendChild(document.createElement('i'));
      bar.style.width = model.of ? Math.min(100, (100 * model.count) / model.of) + '%' : '0';
      return;
    }
    cells.style.setProperty('--columns', Math.min(model.of, COLUMNS_MAX));
    const stored = Math.max(0, model.count - model.ahead);
    for (let at = 0; at < model.of; at += 1) {
      const cell = cells.appendChild(document.createElement('i'));
      if (at < model.count) cell.className = at < stored ? 'in' : 'here';
      if (model.mark && at === model.count - 1) cell.classList.add('last');
    }
  }

  /** A glove touches twice where a finger touches once. */
  function press(model) {
    const again = pressed.id === model.id && performance.now() - pressed.ms < BOUNCE_MS;
    pressed = { id: model.id, ms: performance.now() };
    if (!again) model.act();
  }

  /** One button: {id, text, main, off, pressed, act}. One that is off stays, and says why when it is pressed. */
  function button(model) {
    const element = document.createElement('button');
    element.type = 'button';
    element.id = 'key-' + model.id;
    element.textContent = model.text;
    if (model.main) element.className = 'main';
    if (model.off) element.setAttribute('aria-disabled', 'true');
    if (model.pressed !== undefined) element.setAttribute('aria-pressed', String(model.pressed));
    if (model.lang) element.lang = model.lang;
    element.onclick = () => press(model);
    return element;
  }

  function fill(id, models) {
    const into = by(id);
    const shape = JSON.stringify(models);
    if (into.dataset.shape === shape && models.length === into.children.length) {
      // The same buttons stay, so that a press that is under way ends where it began; only what they do is new.
      models.forEach((model, at) => { into.children[at].onclick = () => press(model); });
      return;
    }
    into.dataset.shape = shape;
    into.textContent = '';
    models.forEach((model) => into.appendChild(button(model)));
  }

  function keys(models) {
    fill('keys', models);
  }

  /** A panel over everything: {head, text, keys, field, list, back}. `field`: {name, send, type, act}; act gives a fault or nothing. */
  function panel(model) {
    const panelOf = by('panel');
    const comes = panelOf.hidden;
    panelOf.hidden = !model;
    if (!model) return;
    // The same panel again: words that somebody is writing in it stay, also when a STOP lay over it.
    if (model !== drawn) draw(model);
    else if (!comes) return;
    if (model.field && model.field.now) by('field').focus();
  }

  function draw(model) {
    drawn = model;
    put('panel-head', model.head);
    put('panel-text', model.text || '');
    fill('panel-keys', model.keys || []);
    form(model.field);
    const list = by('panel-list');
    list.textContent = '';
    (model.list || []).forEach((text) => { list.appendChild(document.createElement('li')).textContent = text; });
    by('panel-back').hidden = !model.back;
    by('panel-back').onclick = model.back || null;
  }

  function form(model) {
    const element = by('panel-form');
    element.hidden = !model;
    element.onsubmit = (event) => event.preventDefault();
    if (!model) return;
    put('field-name', model.name);
    put('send', model.send);
    put('field-wrong', '');
    by('field').type = model.type || 'text';
    by('field').value = '';
    element.onsubmit = async (event) => {
      event.preventDefault();
      const fault = await model.act(by('field').value);
      put('field-wrong', fault || '');
      // What comes next, from a scanner too, takes its place.
      if (fault) by('field').select();
    };
  }

  /** An age in words that a tired person reads at once. */
  function age(ms) {
    const s = Math.max(0, Math.round(ms / 1000));
    if (s < 90) return t('seconds', { n: s });
    if (s < 5400) return t('minutes', { n: Math.round(s / 60) });
    return t('hours', { n: Math.round(s / 3600) });
  }

  window.Face = { t, has, setLanguage, face, head, counter, keys, panel, age, language: () => language };
})();

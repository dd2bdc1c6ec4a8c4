// The card on the map: what it is coloured by, what the colours mean, which layers are on.
function makeLegend() {
  const control = L.control({ position: 'topright' });
  const card = el('details', { class: 'legend', open: map.getSize().x > 560 });
  L.DomEvent.disableClickPropagation(card);
  L.DomEvent.disableScrollPropagation(card);
  control.onAdd = () => card;
  control.addTo(map);
  fillLegend();
}

function fillLegend() {
  const body = el('div', { class: 'legend-body' }, themePicker(), el('div', { id: 'theme-legend' }), overlayList(), basePicker());
  document.querySelector('details.legend').replaceChildren(el('summary', {}, say('legend')), body);
  drawThemeLegend();
}

function themePicker() {
  const picker = el('select', { id: 'theme', onchange: () => chooseTheme(picker.value) });
  const times = el('optgroup', { label: say('theme-times') });
  if (themes.field) times.append(el('option', { value: 'field' }, say('theme-field')));
  if (themes.limit) times.append(el('option', { value: 'limit' }, phrase('theme-limit')));
  if (themes.isochrones) times.append(el('option', { value: 'isochrones' }, say('theme-isochrones')));
  if (times.children.length) picker.append(times);
  picker.append(...accessOptions());
  for (const topic of data.topics.list) {
    const rules = rulesOf(topic).map((place) => el('option', { value: `rule-${place}` }, `${data.rules[place].rule} ${data.rules[place].title}`));
    picker.append(el('optgroup', { label: data.topics.list.length > 1 ? `${say('theme-rules')} · ${topic.label}` : say('theme-rules') }, rules));
  }
  picker.append(el('option', { value: 'none' }, say('theme-none')));
  picker.value = view.theme;
  return el('label', { class: 'field-label' }, el('span', {}, say('theme')), picker);
}

function rulesOf(topic) {
  return [...topic.decided, ...topic.waiting.flatMap((group) => group.rules)];
}

function swatch(colour, label, kind) {
  return el('li', {}, el('span', { class: `swatch ${kind || ''}`, colour }), label);
}

function drawThemeLegend(home = document.getElementById('theme-legend')) {
  if (!home) return;
  home.replaceChildren();
  const rule = ruleOfTheme();
  if (rule) return drawRuleLegend(home, rule);
  if (accessTheme()) return home.append(...accessLegend(home.id !== 'theme-legend'));
  if (view.theme === 'field') {
    const classes = data.style.classes.map((c) => swatch(c.colour, c.label));
    home.append(el('h3', {}, say('legend-field')), el('ul', { class: 'swatches two' }, classes, swatch('', data.style.unreachable.label, 'hatched')));
  } else if (view.theme === 'limit') {
    home.append(...limitLegend(home.id !== 'theme-legend'));
  } else if (view.theme === 'isochrones') {
    const rings = data.isochrones.map((f) => swatch(f.properties.colour, f.properties.label));
    home.append(el('h3', {}, say('legend-isochrones')), el('ul', { class: 'swatches two' }, rings));
  }
  if (!data.field) home.append(el('p', { class: 'small' }, say('no-field')));
}

function drawRuleLegend(home, rule) {
  const present = new Set(Object.values(rule.paint).map((place) => `${rule.verdicts[place].status}|${rule.verdicts[place].screening ? 's' : ''}`));
  const items = [];
  for (const status of data.style.statuses) {
    if (present.has(`${status.key}|`)) items.push(swatch(status.colour, `${status.sign} ${status.label}`));
    if (present.has(`${status.key}|s`)) items.push(swatch(status.colour, `${data.style.screening}${status.sign} ${status.label}`, 'striped'));
  }
  home.append(el('h3', {}, rule.title), el('ul', { class: 'swatches' }, items));
  if ([...present].some((key) => key.endsWith('s'))) home.append(el('p', { class: 'small' }, say('sign-screening')));
  for (const words of rule.about) home.append(el('p', { class: 'small' }, words));
}

function isOn(name) {
  return map.hasLayer(layers[name]);
}

function overlay(name, label, symbol) {
  const toggle = (on) => (on ? layers[name].addTo(map) : layers[name].remove());
  return { label, symbol, on: isOn(name), toggle };
}

// Each thing that can lie on the map: its words, its sign, whether it is there, what switches it.
function overlays() {
  const line = (kind) => el('span', { class: `line ${kind}` });
  const groups = data.style.groups.filter((group) => layers[`group-${group.key}`]);
  const found = groups.map((group) => {
    const name = `group-${group.key}`;
    return overlay(name, `${group.label} (${layers[name].getLayers().length})`, markNode(group, true));
  });
  if (layers.unserved) found.unshift({ ...overlay('unserved', data.unserved_said.layer, el('span', { class: 'dot', colour: data.style.unserved })), under: data.unserved_said.notes.join(data.lang === 'zh' ? '' : ' ') });
  found.push({ label: say('layer-borders'), symbol: line('county'), on: borders.shown, toggle: (on) => { borders.shown = on; layers.counties.setStyle(countyStyle); } });
  found.push(overlay('names', say('layer-names'), el('span', { class: 'line' }, 'A')));
  if (layers.townships) found.push(overlay('townships', say('layer-townships'), line('township')));
  if (layers.roads) found.push(overlay('roads', say(data.roads.partial ? 'layer-roads-main' : 'layer-roads'), line('road')));
  return found;
}

function overlayItem({ label, symbol, on, toggle, under }) {
  const box = el('input', { type: 'checkbox', checked: on, onchange: () => toggle(box.checked) });
  const item = el('li', {}, el('label', {}, box, symbol, el('span', {}, label)));
  return under ? [item, el('li', { class: 'small under' }, under)] : [item];
}

function overlayList() {
  const hollow = data.marks.some((mark) => mark.group === 'emergency' && !mark.acts) ? el('p', { class: 'small' }, say('hollow')) : '';
  return el('div', {}, el('h3', {}, say('overlays')), el('ul', { class: 'overlays' }, overlays().flatMap(overlayItem)), hollow, el('p', { class: 'small' }, say('theme-help')));
}

function basePicker() {
  const key = el('input', { type: 'password', autocomplete: 'off', spellcheck: 'false', 'aria-label': say('base-key'), placeholder: say('base-key') });
  const use = el('button', { type: 'button', class: 'plain', onclick: () => setBase('tianditu', key.value.trim()) }, say('base-use'));
  const own = el('div', { class: 'base-key', hidden: base.kind !== 'tianditu' }, key, use, el('p', { class: 'small' }, say('base-help')));
  const picker = el('select', { id: 'base', onchange: () => { own.hidden = picker.value !== 'tianditu'; setBase(picker.value, ''); } });
  for (const kind of ['none', 'osm', 'tianditu']) picker.append(el('option', { value: kind }, say(`base-${kind}`)));
  picker.value = base.kind;
  return el('div', { class: 'base' }, el('label', { class: 'field-label' }, el('span', {}, say('base')), picker), own, el('p', { id: 'base-says', class: 'small', role: 'status' }));
}

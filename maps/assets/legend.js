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
  const picker = el('select', { id: 'theme', onchange: () => setTheme(picker.value) });
  const times = el('optgroup', { label: say('theme-times') });
  if (themes.field) times.append(el('option', { value: 'field' }, say('theme-field')));
  if (themes.isochrones) times.append(el('option', { value: 'isochrones' }, say('theme-isochrones')));
  if (times.children.length) picker.append(times);
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

function drawThemeLegend() {
  const home = document.getElementById('theme-legend');
  if (!home) return;
  home.replaceChildren();
  const rule = ruleOfTheme();
  if (rule) return drawRuleLegend(home, rule);
  if (view.theme === 'field') {
    const classes = data.style.classes.map((c) => swatch(c.colour, c.label));
    home.append(el('h3', {}, say('legend-field')), el('ul', { class: 'swatches two' }, classes, swatch('', data.style.unreachable.label, 'hatched')));
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

function overlay(label, symbol, isOn, toggle) {
  const box = el('input', { type: 'checkbox', checked: isOn, onchange: () => toggle(box.checked) });
  return el('li', {}, el('label', {}, box, symbol, el('span', {}, label)));
}

function isOn(name) {
  return map.hasLayer(layers[name]);
}

function layerToggle(name) {
  return (on) => (on ? layers[name].addTo(map) : layers[name].remove());
}

function overlayList() {
  const list = el('ul', { class: 'overlays' });
  const line = (kind) => el('span', { class: `line ${kind}` });
  if (layers.unserved) list.append(overlay(data.unserved_said.layer, el('span', { class: 'dot', colour: data.style.unserved }), isOn('unserved'), layerToggle('unserved')), el('li', { class: 'small under' }, data.unserved_said.notes.join(data.lang === 'zh' ? '' : ' ')));
  for (const group of data.style.groups) {
    const name = `group-${group.key}`;
    if (!layers[name]) continue;
    list.append(overlay(`${group.label} (${layers[name].getLayers().length})`, markNode(group, true), isOn(name), layerToggle(name)));
  }
  list.append(overlay(say('layer-borders'), line('county'), borders.shown, (on) => { borders.shown = on; layers.counties.setStyle(countyStyle); }));
  list.append(overlay(say('layer-names'), el('span', { class: 'line' }, 'A'), isOn('names'), layerToggle('names')));
  if (layers.townships) list.append(overlay(say('layer-townships'), line('township'), isOn('townships'), layerToggle('townships')));
  if (layers.roads) list.append(overlay(say(data.roads.partial ? 'layer-roads-main' : 'layer-roads'), line('road'), isOn('roads'), layerToggle('roads')));
  const hollow = data.marks.some((mark) => mark.group === 'emergency' && !mark.acts) ? el('p', { class: 'small' }, say('hollow')) : '';
  return el('div', {}, el('h3', {}, say('overlays')), list, hollow, el('p', { class: 'small' }, say('theme-help')));
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

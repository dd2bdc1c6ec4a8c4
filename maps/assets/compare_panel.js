// The panel: the scenario that is chosen, the ranking of all, and its counties.
const people = (value) => (typeof value === 'number' ? Math.round(value).toLocaleString('en-US') : value || '');
const signed = (value, shown) => (value > 0 ? `+${shown}` : value < 0 ? `−${shown}` : shown);
const PAGE = 100;
const list = { found: [], shown: PAGE, sort: data.measure, search: '', labels: {} };

function measureOf(scenario, name) {
  const at = data.columns.indexOf(name);
  if (at >= 0) return scenario.m[at];
  return scenario.c[['met', 'turned_met', 'turned_not_met', 'opened', 'closed', 'cost'].indexOf(name)];
}

function figure(name, value) {
  if (value === null || value === undefined) return '—';
  if (typeof value !== 'number') return value;
  if (name === 'mean_change_min') return Math.abs(value) < 0.005 ? '0.00' : signed(value, Math.abs(value).toFixed(2));
  if (name.endsWith('_min')) return value.toFixed(1);
  if (name.startsWith('gained')) return value >= 0.5 ? `+${people(value)}` : '0';
  if (name.startsWith('lost')) return value >= 0.5 ? `−${people(value)}` : '0';
  if (name.startsWith('net')) return Math.abs(value) < 0.5 ? '0' : signed(value, people(Math.abs(value)));
  if (name === 'cost') return value.toLocaleString('en-US');
  return people(value);
}

const ok = (scenario) => !scenario.error;
const onFront = (scenario) => ok(scenario) && scenario.front.some(Boolean);

function fillHead() {
  document.title = data.document;
  document.documentElement.lang = data.lang === 'zh' ? 'zh-CN' : 'en';
  document.getElementById('title').textContent = data.title;
  document.getElementById('counts').textContent = [...data.counts, data.cells].filter(Boolean).join(' ');
  const note = document.getElementById('note');
  note.textContent = data.note;
  note.hidden = !data.note;
}

// --- the chosen scenario in the head ---
function chip(kind, value, label) {
  return el('div', { class: `chip ${kind}` }, el('b', {}, value), el('span', {}, label));
}

function tone(name, value) {
  if (typeof value !== 'number' || Math.abs(value) < 0.005) return '';
  if (name.startsWith('lost')) return 'worse';
  return name === 'mean_change_min' ? (value < 0 ? 'better' : 'worse') : 'better';
}

function fillChosen() {
  const home = document.getElementById('chosen');
  home.replaceChildren();
  const scenario = view.chosen;
  if (!scenario) {
    home.append(el('p', {}, say('none')));
    return;
  }
  const star = onFront(scenario) ? el('span', { class: 'star', title: say('front-long') }, ' ★') : null;
  const rank = ok(scenario) ? el('span', { class: 'rank' }, `#${scenario.rank}`) : null;
  home.append(el('h2', {}, rank, ' ', scenario.name, star));
  if (scenario.folder) home.append(el('p', { class: 'small' }, scenario.folder));
  if (scenario.error) {
    home.append(el('p', { class: 'banner refused' }, `${say('refused')} ${scenario.error}`));
    return;
  }
  if (!scenario.differs) home.append(el('p', { class: 'banner' }, say('no-difference')));
  const chips = el('div', { class: 'chips' });
  const named = ['gained_15', 'gained_30', 'mean_change_min'];
  for (const name of ['lost_15', 'lost_30', 'unreachable']) if (measureOf(scenario, name) >= 0.5) named.push(name);
  for (const name of named) {
    const value = measureOf(scenario, name);
    chips.append(chip(name === 'unreachable' ? 'worse' : tone(name, value), figure(name, value), data.measures[name].short));
  }
  const turned = [['✓', measureOf(scenario, 'turned_met')], ['✕', measureOf(scenario, 'turned_not_met')]].filter(([, n]) => n);
  if (scenario.turned) {
    const unclear = scenario.turned.filter((one) => one[5] === 'cannot-tell').length;
    if (unclear) turned.push(['?', unclear]);
  }
  const rules = chip('', turned.map(([sign, n]) => `${sign}${n}`).join(' ') || '–', say('rules'));
  rules.title = say('signs');
  chips.append(rules);
  if (scenario.c[5] !== null) chips.append(chip('', figure('cost', scenario.c[5]), data.measures.cost.short));
  home.append(chips);
  if (scenario.delta === undefined) home.append(el('p', { class: 'banner' }, say('not-drawn')));
}

// --- the ranking ---
function better(name) {
  return data.larger.includes(name) ? -1 : 1;
}

const MEANS = ['mean_min', 'p90_min', 'longest_min'];

function sortKey(scenario, name) {
  const value = measureOf(scenario, name);
  if (value === null || value === undefined) return Infinity;
  return better(name) * (typeof value === 'number' ? value : Infinity);
}

// Means are those of the people reached: whoever leaves more people unreached comes after.
function compareBy(name) {
  const lost = (scenario) => (MEANS.includes(name) ? measureOf(scenario, 'unreachable') : 0);
  const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  return (a, b) => order(!ok(a), !ok(b)) || (ok(a) ? order(lost(a), lost(b)) || order(sortKey(a, name), sortKey(b, name)) : 0);
}

function findRows() {
  const words = list.search.trim().toLowerCase();
  list.found = data.scenarios.filter((scenario) => {
    if (words && !scenario.name.toLowerCase().includes(words)) return false;
    return Object.entries(list.labels).every(([name, value]) => !value || scenario.labels[name] === value);
  });
  if (list.sort !== data.measure || data.unit === '') list.found.sort(compareBy(list.sort));
}

function row(scenario) {
  const node = el('tr', { class: ok(scenario) ? (scenario.differs ? '' : 'same') : 'failed' });
  const rank = ok(scenario) ? `${scenario.rank}${onFront(scenario) ? ' ★' : ''}` : '✕';
  const button = el('button', { class: 'link', onclick: () => choose(scenario) }, scenario.name);
  const side = !ok(scenario) ? say('refused-short') : scenario.differs ? null : say('same-short');
  node.append(el('td', { class: 'rank' }, rank), el('th', { scope: 'row' }, button, side ? el('small', {}, ` ${side}`) : null));
  for (const name of shownColumns()) node.append(el('td', {}, ok(scenario) ? figure(name, measureOf(scenario, name)) : ''));
  node.addEventListener('click', () => choose(scenario));
  if (scenario === view.chosen) node.setAttribute('aria-current', 'true');
  return node;
}

function shownColumns() {
  const usual = ['gained_15', 'gained_30', 'mean_change_min'];
  const losses = data.scenarios.some((s) => ok(s) && (measureOf(s, 'lost_15') >= 0.5 || measureOf(s, 'lost_30') >= 0.5));
  if (list.sort.startsWith('net')) return losses ? ['net_15', 'net_30', 'mean_change_min'] : usual;
  return usual.includes(list.sort) ? usual : [list.sort, 'gained_15', 'mean_change_min'];
}

function drawRows() {
  const home = document.getElementById('rows');
  const head = el('tr', {}, el('th', {}, '#'), el('th', {}, say('scenario')), shownColumns().map((name) => el('th', { scope: 'col', title: data.measures[name].long }, data.measures[name].short)));
  const body = list.found.slice(0, list.shown).map(row);
  const rest = list.found.length - body.length;
  const more = el('button', { class: 'plain', onclick: () => { list.shown += PAGE; drawRows(); } }, `${say('more')} (${rest})`);
  const said = list.found.length ? null : el('p', {}, say('nothing-found'));
  home.replaceChildren(el('table', { class: 'ranks' }, el('thead', {}, head), el('tbody', {}, body)), ...[said, rest > 0 ? more : null].filter(Boolean));
}

function refresh() {
  list.shown = PAGE;
  findRows();
  drawRows();
}

function picker(label, options, value, change) {
  const select = el('select', { onchange: (event) => { change(event.target.value); refresh(); } }, options.map(([key, said]) => el('option', { value: key }, said)));
  select.value = value;
  return el('label', { class: 'field-label' }, el('span', {}, label), select);
}

function fillRanking() {
  const search = el('input', { type: 'search', id: 'search', placeholder: say('search'), 'aria-label': say('search') });
  search.addEventListener('input', () => { list.search = search.value; refresh(); });
  const sorts = data.sorts.filter((name) => name !== 'cost' || data.price === 'cost').map((name) => [name, data.measures[name].long]);
  const sort = picker(say('sort'), sorts, list.sort, (value) => { list.sort = value; });
  sort.querySelector('select').id = 'sort';
  const values = {};
  for (const scenario of data.scenarios) for (const [name, value] of Object.entries(scenario.labels)) (values[name] ||= new Set()).add(value);
  const filters = Object.entries(values).filter(([, set]) => set.size > 1 && set.size <= 40 && set.size * 1.5 < data.scenarios.length).map(([name, set]) =>
    picker(name, [['', say('all')], ...[...set].map((value) => [value, value])], '', (value) => { list.labels[name] = value; }));
  const stars = data.scenarios.some(onFront) ? el('p', { class: 'small' }, say(data.price === 'cost' ? 'front-cost' : 'front-stations')) : null;
  const same = data.scenarios.filter((s) => ok(s) && !s.differs).length;
  const said = same ? el('p', { class: 'banner' }, `${say('same-count')} ${same}`) : null;
  const parts = [search, el('div', { class: 'pickers' }, sort, ...filters), data.unit ? el('p', { class: 'small' }, `${say('unit')} ${data.unit}`) : null, said, el('div', { id: 'rows' }), stars];
  document.getElementById('ranking').append(...parts.filter(Boolean));
  refresh();
}

// --- the chosen scenario in full ---
const COUNTY = ['gained_15', 'lost_15', 'gained_30', 'lost_30', 'mean_min', 'mean_change_min'];

function areaTable(scenario) {
  const used = COUNTY.filter((name) => !name.startsWith('lost') || [scenario.m, ...scenario.areas].some((m) => m[data.columns.indexOf(name)] >= 0.5));
  const line = (name, m, kind) => el('tr', { class: kind }, el('th', { scope: 'row' }, name), used.map((key) => {
    const value = m[data.columns.indexOf(key)];
    return el('td', { class: tone(key, key === 'mean_min' ? 0 : value) }, figure(key, value));
  }));
  const head = el('tr', {}, el('th', {}, say('area')), used.map((key) => el('th', { scope: 'col', title: data.measures[key].long }, data.measures[key].short)));
  const rows = data.areas.map((area, place) => (scenario.areas[place] ? line(area.name, scenario.areas[place], area.level) : null)).filter(Boolean);
  return el('table', { class: 'areas' }, el('thead', {}, head), el('tbody', {}, line(data.unit || say('whole'), scenario.m, 'city'), rows));
}

function placeTable(places, title) {
  if (!places.length) return null;
  const minutes = (value) => (typeof value === 'number' ? value.toFixed(1) : value === null ? '—' : say('unreachable'));
  const rows = places.map(([name, count, before, after]) =>
    el('tr', {}, el('th', { scope: 'row' }, name), el('td', {}, people(count)), el('td', {}, `${minutes(before)} → ${minutes(after)}`)));
  const head = el('tr', {}, el('th', {}, say('place')), el('th', {}, say('people')), el('th', {}, say('minutes')));
  return el('section', {}, el('h3', {}, title), el('table', {}, el('thead', {}, head), el('tbody', {}, rows)));
}

function turnedList(scenario) {
  const home = el('section', {}, el('h3', {}, say('turned')));
  if (!scenario.turned.length) return el('section', {}, el('h3', {}, say('turned')), el('p', {}, say('turned-none')));
  for (const [rule, title, unit, before, now, key, share, lacks] of scenario.turned) {
    const change = el('p', {}, `${before || '?'} → `, el('b', { class: `status ${key}` }, now));
    if (share !== null) change.append(` (${say('drawn-holds')} ${(100 * share).toFixed(0)} %)`);
    home.append(el('article', { class: 'turned' }, el('p', {}, el('b', {}, rule), ` ${unit}`), title ? el('p', { class: 'small' }, title) : null, change, lacks ? el('p', { class: 'small' }, `${say('lacks')} ${lacks}`) : null));
  }
  if (scenario.turned_more) home.append(el('p', { class: 'small' }, `+ ${scenario.turned_more}`));
  return home;
}

function fillScenario() {
  const home = document.getElementById('scenario');
  home.replaceChildren();
  const scenario = view.chosen;
  if (!scenario) return;
  if (scenario.error) {
    home.append(el('p', { class: 'banner refused' }, `${say('refused')} ${scenario.error}`));
    return;
  }
  if (!scenario.differs) home.append(el('p', { class: 'banner' }, say('no-difference')));
  const today = data.baseline;
  const pair = (name) => `${figure(name, today ? today[data.columns.indexOf(name)] : null)} → ${figure(name, measureOf(scenario, name))}`;
  if (scenario.drawn) {
    const [low, high, first] = scenario.drawn;
    home.append(facts([[say('drawn-rank'), low === high ? `${low}` : `${low}–${high}`], [say('drawn-first'), `${(100 * first).toFixed(0)} %`]]));
  }
  home.append(facts(['within_15', 'within_30', 'mean_min', 'p90_min', 'stations'].map((name) => [data.measures[name].short, pair(name)])));
  if (scenario.areas === undefined) {
    home.append(el('p', { class: 'banner' }, say('not-drawn')));
    return;
  }
  home.append(el('h3', {}, say('counties')), el('div', { class: 'scroll' }, areaTable(scenario)), turnedList(scenario));
  const sooner = scenario.places.filter((p) => p[3] !== '∞' && (p[2] === '∞' || p[3] < p[2]));
  const later = scenario.places.filter((p) => !sooner.includes(p));
  for (const part of [placeTable(sooner, say('win')), placeTable(later, say('lose'))]) if (part) home.append(part);
}

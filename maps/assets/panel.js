// The side panel: verdicts, figures, data, parameters.
function fillHead() {
  document.title = data.head.document;
  document.getElementById('title').textContent = data.head.title;
  const note = document.getElementById('note');
  note.textContent = data.head.note;
  note.hidden = !data.head.note;
  document.getElementById('dates').textContent = [data.head.plans, data.head.dates, data.head.cached].filter(Boolean).join(' · ');
  fillSummary();
  fillCountyPicker();
  for (const node of document.querySelectorAll('[data-text]')) node.textContent = say(node.dataset.text);
  for (const node of document.querySelectorAll('[data-label]')) node.setAttribute('aria-label', say(node.dataset.label));
}

function fillPanel() {
  fillVerdicts();
  fillFigures();
  fillData();
  fillParameters();
}

// In another language, or for one county, the panel is as it was: the same parts unfolded, the same place read.
function refillPanel() {
  const folds = [...document.querySelectorAll('#panel details[data-fold]')];
  const open = new Map(folds.map((fold) => [fold.dataset.fold, fold.open]));
  const home = document.getElementById('tabpanels');
  const share = home.scrollTop / home.scrollHeight;
  fillHead();
  fillPanel();
  filterVerdicts(shown.kind);
  for (const fold of document.querySelectorAll('#panel details[data-fold]')) {
    if (open.has(fold.dataset.fold)) fold.open = open.get(fold.dataset.fold);
  }
  home.scrollTop = share * home.scrollHeight;
}

function verdictNode(verdict, fold) {
  const line = el('summary', {}, chip(verdict), el('span', { class: 'unit' }, verdict.unit), el('span', { class: 'value' }, verdict.value, el('small', {}, verdict.target)));
  if (verdict.turned) line.append(el('span', { class: 'people' }, verdict.turned));
  if (verdict.people) line.append(el('span', { class: 'people' }, verdict.people));
  return el('details', { class: `verdict ${verdict.status}`, 'data-kind': kindOf(verdict), 'data-fold': fold }, line, facts(verdict.details));
}

function ruleNode(place) {
  const rule = data.rules[place];
  const theme = `rule-${place}`;
  const button = el('button', { type: 'button', class: 'plain show-rule', 'data-theme': theme, 'aria-pressed': 'false', onclick: () => chooseTheme(theme) }, say('show-on-map'));
  const head = el('div', { class: 'rule-head' }, el('h3', {}, rule.title), button);
  const where = el('p', { class: 'small' }, `${rule.rule} · ${rule.citation}`);
  const verdicts = rule.verdicts.map((verdict, nth) => (isShown(verdict) ? verdictNode(verdict, `verdict-${place}-${nth}`) : ''));
  return el('article', { class: 'rule' }, head, where, verdicts);
}

// Where there are many rules each topic is folded, but the first (emergency care) and the first with a decided rule.
function topicNode(topic) {
  const { list } = data.topics;
  const open = !data.topics.folded || topic === list[0] || topic === list.find((each) => each.decided.length);
  const body = [topic.decided.filter(hasShown).map(ruleNode), topic.waiting.map(waitingNode)];
  if (list.length === 1) return el('div', { class: 'topic' }, body.flat());
  return el('details', { class: 'topic', open, 'data-open': String(open), 'data-fold': `topic-${topic.key}` }, el('summary', {}, el('h2', {}, topic.label), tallies(topic)), body.flat());
}

function hasShown(place) {
  return data.rules[place].verdicts.some(isShown);
}

function tallies(topic) {
  const verdicts = rulesOf(topic).flatMap((place) => data.rules[place].verdicts).filter(isShown);
  return data.style.statuses.map((status) => {
    const count = verdicts.filter((verdict) => verdict.status === status.key).length;
    return count ? el('span', { class: `tally ${status.key}`, title: status.label }, `${status.sign} ${count}`) : '';
  });
}

function waitingNode(group) {
  const open = !data.topics.folded;
  const rules = group.rules.filter(hasShown);
  if (!rules.length) return '';
  return el('details', { class: 'waiting', open, 'data-open': String(open), 'data-fold': `waiting-${group.rules.join('-')}` }, el('summary', {}, `${group.missing} (${rules.length})`), rules.map(ruleNode));
}

// What would settle most of the verdicts that cannot be told, most useful first.
function toSettleNode() {
  const top = data.to_settle.filter((each) => each.top);
  const wanted = shown.county === null ? top : data.to_settle.filter((each) => each.counties.includes(countyName())).slice(0, top.length);
  const items = wanted.map((each) => el('li', {}, el('b', {}, each.item), el('br'), el('span', {}, each.gain), el('div', { class: 'small' }, each.units)));
  const list = listed('to-settle', items, false);
  if (list) list.insertBefore(el('p', { class: 'small' }, say('to-settle-help')), list.lastChild);
  return list;
}

function ledgerNode() {
  const bar = el('div', { class: 'bar', 'aria-hidden': 'true' });
  const ledger = shown.county === null ? data.ledger : data.ledgers[shown.county];
  const rows = ledger.rows.map((row) => {
    const part = el('span', { class: row.part });
    part.style.width = `${row.share * 100}%`;
    bar.append(part);
    return el('tr', {}, el('th', { scope: 'row' }, el('span', { class: `swatch ${row.part}` }), row.label), el('td', {}, row.people), el('td', {}, row.percent));
  });
  rows.push(el('tr', { class: 'total' }, el('th', { scope: 'row' }, say('total')), el('td', {}, ledger.total), el('td', {})));
  return el('section', {}, el('h2', {}, say('ledger')), shown.county === null ? '' : el('p', { class: 'small' }, countyName()), bar, el('table', { class: 'ledger' }, rows));
}

function fillVerdicts() {
  const home = document.getElementById('verdicts');
  home.replaceChildren();
  if (data.rules.some((rule) => rule.verdicts.some((v) => v.screening))) home.append(el('p', { class: 'small hint' }, say('screening-note')));
  for (const said of data.basis) home.append(el('p', { class: 'small hint' }, said));
  if (!data.rules.length) home.append(el('p', {}, say('no-rules')));
  home.append(toSettleNode());
  if (shown.county !== null) home.append(el('p', { class: 'small hint' }, say(data.rules.some((_, place) => hasShown(place)) ? 'county-only' : 'county-none')));
  home.append(...data.topics.list.filter((topic) => rulesOf(topic).some(hasShown)).map(topicNode));
  if (data.skipped.length && shown.county === null) {
    const items = data.skipped.map(([rule, title, reason]) => el('li', {}, el('b', {}, rule), ` ${title}`, el('br'), el('span', { class: 'small' }, reason)));
    home.append(listed('rules-skipped', items, !data.topics.folded));
  }
  home.append(ledgerNode());
}

function figuresTable(rows, heads = data.figures.heads) {
  const body = rows.map((row) => {
    const onMap = row.level === 'county';
    const name = onMap ? el('button', { type: 'button', class: 'link', onclick: () => goToCounty(row.unit) }, row.unit) : row.unit;
    return el('tr', { class: row.level }, el('th', { scope: 'row' }, name), row.cells.map((cell) => el('td', {}, cell)));
  });
  const head = el('thead', {}, el('tr', {}, heads.map((h) => el('th', { scope: 'col' }, h))));
  return el('div', { class: 'scroll' }, el('table', { class: 'figures' }, head, el('tbody', {}, body)));
}

function fillFigures() {
  const home = document.getElementById('figures');
  const own = (row) => shown.county === null || row.county === countyName();
  const townships = data.figures.townships.filter(own);
  home.replaceChildren(el('p', { class: 'small' }, say('figures-help')), figuresTable(data.figures.rows.filter(own)));
  const title = `${say('townships-more')} (${townships.length})`;
  if (townships.length) home.append(el('details', { 'data-fold': 'townships', open: shown.county !== null }, el('summary', {}, title), figuresTable(townships)));
  home.append(...equityNodes(), ...accessTables());
}

function listed(key, items, open) {
  if (!items.length) return '';
  return el('details', { class: 'listed', open, 'data-fold': key }, el('summary', {}, `${say(key)} (${items.length})`), el('ul', { class: 'plain-list' }, items));
}

function fillData() {
  const home = document.getElementById('data');
  const cards = data.sources.map((s) =>
    el('li', {}, el('b', {}, s.layer), ' ', el('span', { class: `badge ${s.grade}` }, s.words), el('br'), el('span', {}, s.source), s.more ? el('div', { class: 'small' }, s.more) : ''),
  );
  home.replaceChildren(el('h2', {}, say('sources')), el('ul', { class: 'plain-list cards' }, cards));
  if (data.osm) home.append(el('p', { class: 'small' }, '© OpenStreetMap contributors'));
  home.append(facts([[say('zones-text'), data.zones], [say('station-assumption'), data.assumption]]));
  home.append(listed('baselines', data.baselines.map((said) => el('li', {}, said)), true));
  home.append(listed('warnings', data.problems.map((p) => el('li', {}, p)), false));
  const lost = data.unplaced.filter(([, , county]) => shown.county === null || county === countyName()).map(([name, kind, county]) => el('li', {}, name, el('span', { class: 'small' }, ` ${kind} ${county}`)));
  const list = listed('unlocated', lost, false);
  if (list) {
    list.insertBefore(el('p', { class: 'small' }, say('unlocated-help')), list.lastChild);
    home.append(list);
  }
}

function fillParameters() {
  const before = (place) => (place ? data.parameters[place - 1].source : '');
  const rows = data.parameters.map((p, place) =>
    el('tr', {}, el('th', { scope: 'row' }, p.name, p.source === before(place) ? '' : el('div', { class: 'small' }, p.source)), el('td', {}, p.value, p.range ? el('div', { class: 'small' }, p.range) : ''), el('td', {}, el('span', { class: `badge ${p.status}` }, p.words))),
  );
  document.getElementById('parameters').replaceChildren(el('p', { class: 'small' }, say('parameters-help')), el('table', { class: 'parameters' }, rows));
}

function showTab(tab, focus) {
  for (const other of document.querySelectorAll('[role=tab]')) {
    const on = other === tab;
    other.setAttribute('aria-selected', String(on));
    other.tabIndex = on ? 0 : -1;
    document.getElementById(other.getAttribute('aria-controls')).hidden = !on;
  }
  if (focus) tab.focus();
}

function watchTabs() {
  const tabs = [...document.querySelectorAll('[role=tab]')];
  tabs.forEach((tab, place) => {
    tab.addEventListener('click', () => showTab(tab, false));
    tab.addEventListener('keydown', (event) => {
      const next = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: -1 }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      showTab(tabs.at(next % tabs.length), true);
    });
  });
}

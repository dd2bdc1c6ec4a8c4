// What is within reach (catchments): townships or counties coloured by it, its figures, and how unequally people wait.
const [REACH, RATIO, TOTAL, NOTHING_PERCENT, GINI, REACH_CLASS, RATIO_CLASS] = [0, 1, 2, 3, 4, 5, 6];
const AREA_LINE = { color: '#7d828b', weight: 0.6 };

function accessName(place, measure) {
  return `access-${place}-${measure}`;
}

// What the map is coloured by, if by this: the service, the measure, and which areas with which rows.
function accessTheme(name = view.theme) {
  const [kind, place, measure] = name.split('-');
  if (kind !== 'access') return null;
  const level = measure === 'ratio' ? 'counties' : data.access.areas;
  return { place: Number(place), measure, level, classAt: measure === 'ratio' ? RATIO_CLASS : REACH_CLASS };
}

function rowsOf({ place, level }) {
  return data.access.services[place][level];
}

function isNothing(code) {
  return code === data.access.colours.length;
}

function accessFill(code) {
  if (code === null) return { ...AREA_LINE, fillColor: '#ffffff', fillOpacity: 0.7 };
  return { ...AREA_LINE, fillColor: isNothing(code) ? 'url(#hatch-nothing)' : data.access.colours[code], fillOpacity: 0.85 };
}

function makeAccessThemes() {
  if (!data.access) return;
  const ground = svg('rect', { width: 9, height: 9, fill: data.access.nothing });
  const line = svg('rect', { width: 2.5, height: 9, fill: '#7d7d7d' });
  document.getElementById('patterns').append(svg('pattern', { id: 'hatch-nothing', width: 9, height: 9, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' }, ground, line));
  data.access.services.forEach((service, place) => {
    for (const measure of ['reach', 'ratio']) {
      const theme = accessTheme(accessName(place, measure));
      const features = data[theme.level];
      if (rowsOf(theme).every((row) => row[theme.classAt] === null)) continue;
      themes[accessName(place, measure)] = plainGeoJson(features, 'theme', (feature) => accessFill(rowsOf(theme)[features.indexOf(feature)][theme.classAt]));
    }
  });
}

function accessOptions() {
  if (!data.access) return [];
  const options = data.access_said.services.flatMap((said, place) =>
    ['reach', 'ratio'].filter((measure) => themes[accessName(place, measure)]).map((measure) => el('option', { value: accessName(place, measure) }, said[measure])),
  );
  return options.length ? [el('optgroup', { label: phrase('theme-access') }, options)] : [];
}

function accessLegend(onPaper) {
  const theme = accessTheme();
  const said = data.access_said.services[theme.place];
  const present = new Set(rowsOf(theme).map((row) => row[theme.classAt]));
  const items = said.classes.map((label, code) => swatch(data.access.colours[code], label));
  const ratio = theme.measure === 'ratio';
  const rest = [];
  if (present.has(data.access.colours.length)) rest.push(swatch('', phrase(ratio ? 'access-none-here' : 'access-nothing'), 'nothing'));
  if (present.has(null)) rest.push(swatch('#fff', phrase('access-no-figure')));
  const about = ratio ? phrase('access-ratio') : phrase(theme.level === 'townships' ? 'access-by-townships' : 'access-by-counties');
  const notes = said.notes.map((note) => el('p', { class: 'small' }, note));
  const fold = onPaper ? notes : [el('details', { class: 'more' }, el('summary', { class: 'small' }, phrase('access-notes')), notes)];
  return [el('h3', {}, ratio ? said.heads[RATIO] : said.key), el('ul', { class: 'swatches two' }, items), el('ul', { class: 'swatches' }, rest), el('p', { class: 'small' }, about), ...fold];
}

function figure(value) {
  if (value === null) return say('no-value');
  return value >= 1000 ? wholeNumber(value) : String(Number(value.toPrecision(3)));
}

function figureAt(row, at) {
  if ((at === TOTAL || at === RATIO) && row[TOTAL] === null) return phrase('access-not-known');
  return figure(row[at]) + (at === NOTHING_PERCENT && row[at] !== null ? '%' : '');
}

// The figures of one area for what the map is coloured by: for its popup; nothing in other colours.
function accessOf(level, area) {
  const theme = accessTheme();
  const row = theme && data.access.services[theme.place][level][area];
  if (!row) return [];
  const said = data.access_said.services[theme.place];
  const [first, other] = theme.measure === 'ratio' ? [RATIO, REACH] : [REACH, RATIO];
  const labels = { [REACH]: phrase('access-reach'), [RATIO]: phrase('access-standing'), [NOTHING_PERCENT]: phrase('access-nobody'), [GINI]: phrase('access-gini') };
  const shownOf = (at) => (at === RATIO && row[at] !== null ? phrase('access-total', { total: figure(row[TOTAL]), ratio: figure(row[at]), per: said.per }) : figureAt(row, at));
  const pairs = [other, NOTHING_PERCENT, GINI].map((at) => [labels[at], shownOf(at)]);
  const whole = `${phrase('whole-study')} ${figure(data.access.services[theme.place].whole[first])}`;
  const notes = said.notes.map((note) => el('p', { class: 'small' }, note));
  const value = el('p', { class: 'reading' }, el('b', {}, figureAt(row, first)), el('span', { class: 'small' }, ` ${whole}`));
  return [el('h3', {}, said.heads[first]), value, facts(pairs), el('details', { class: 'more' }, el('summary', {}, phrase('access-notes')), notes)];
}

function accessPopup({ lng, lat }, county) {
  const theme = accessTheme();
  if (!theme || theme.level === 'counties') return null;
  const area = areaAt(data.townships, lng, lat);
  if (area < 0) return null;
  return el('div', { class: 'popup' }, el('h2', {}, data.townships[area].properties.name), el('p', { class: 'small' }, data.counties[county].properties.name), ...accessOf('townships', area));
}

function ownOrCity(row) {
  return shown.county === null || row.level === 'city' || row.county === countyName();
}

function equityNodes() {
  if (!data.equity) return [];
  const { heads, rows, parts, left_out: leftOut } = data.equity;
  const lines = parts.map((said) => el('li', {}, said));
  return [el('h2', { id: 'equity' }, phrase('equity')), figuresTable(rows.filter(ownOrCity), heads), lines.length ? el('ul', { class: 'small equity-parts' }, lines) : '', el('p', { class: 'small' }, say('equity-help'), ' ', leftOut)].filter(Boolean);
}

// A table for each service: the study and its counties; townships are on the map.
function accessTables() {
  if (!data.access) return [];
  const unit = data.equity ? data.equity.heads[0] : say('county');
  const columns = [RATIO, REACH, NOTHING_PERCENT, GINI];
  const tables = data.access.services.map((service, place) => {
    const said = data.access_said.services[place];
    const cells = (row) => columns.map((at) => figure(row[at]));
    const rows = [{ level: 'city', county: '', unit: phrase('whole-study'), cells: cells(service.whole) }];
    data.counties.forEach((county, nth) => rows.push({ level: 'county', county: county.properties.name, unit: county.properties.name, cells: cells(service.counties[nth]) }));
    const notes = said.notes.map((note) => el('p', { class: 'small' }, note));
    return el('details', { 'data-fold': `access-${place}`, open: shown.county !== null }, el('summary', {}, said.label), figuresTable(rows.filter(ownOrCity), [unit, ...columns.map((at) => said.heads[at])]), notes);
  });
  const absent = data.access_said.absent ? el('p', { class: 'small' }, data.access_said.absent) : '';
  return [el('h2', {}, phrase('access-figures')), ...tables, absent].filter(Boolean);
}

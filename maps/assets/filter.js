// Which verdicts are shown: those of one status, those of one county, both, or all.
const shown = { kind: null, county: null };

function kindOf(verdict) {
  return `${verdict.status}${verdict.screening ? ' screening' : ''}`;
}

function countyName() {
  return shown.county === null ? null : data.counties[shown.county].properties.name;
}

function isShown(verdict) {
  return shown.county === null || verdict.county === shown.county;
}

// The counts of the summary are buttons: each shows only the verdicts it counts, and all again.
function fillSummary() {
  const verdicts = data.rules.flatMap((rule) => rule.verdicts).filter(isShown);
  const counted = data.summary.map((each) => ({ ...each, count: verdicts.filter((verdict) => kindOf(verdict) === kindOf(each)).length }));
  const present = counted.filter((each) => each.count);
  if (!present.some((each) => kindOf(each) === shown.kind)) shown.kind = null;
  document.getElementById('summary').replaceChildren(...present.map(filterButton));
}

function filterButton(counted) {
  const kind = kindOf(counted);
  const said = [el('b', {}, String(counted.count)), ` ${counted.sign} ${counted.words}`];
  const toggle = () => {
    showTab(document.getElementById('tab-verdicts'), false);
    filterVerdicts(shown.kind === kind ? null : kind);
    announceCount();
  };
  const pressed = String(shown.kind === kind);
  return el('button', { type: 'button', class: `count ${counted.status}`, title: say('filter'), 'data-kind': kind, 'aria-pressed': pressed, onclick: toggle }, said);
}

function filterVerdicts(kind) {
  shown.kind = kind;
  for (const button of document.querySelectorAll('button.count')) button.setAttribute('aria-pressed', String(button.dataset.kind === kind));
  for (const rule of document.querySelectorAll('article.rule')) {
    for (const verdict of rule.querySelectorAll('details.verdict')) verdict.hidden = kind !== null && verdict.dataset.kind !== kind;
    rule.hidden = !rule.querySelector('details.verdict:not([hidden])');
  }
  for (const fold of document.querySelectorAll('details.waiting, details.topic')) {
    fold.hidden = !fold.querySelector('article.rule:not([hidden])');
    fold.open = kind === null ? fold.dataset.open === 'true' : true;
  }
}

function announceCount() {
  announce(`${say('verdicts-shown')}${document.querySelectorAll('details.verdict:not([hidden])').length}`);
}

function fillCountyPicker() {
  const names = data.counties.map((county, place) => el('option', { value: place }, county.properties.name));
  const picker = document.getElementById('county');
  picker.replaceChildren(el('option', { value: '' }, say('county-all')), ...names);
  picker.value = shown.county ?? '';
  document.getElementById('county-filter').hidden = data.counties.length < 2;
}

function watchCountyPicker() {
  const picker = document.getElementById('county');
  picker.addEventListener('change', () => setCounty(picker.value === '' ? null : Number(picker.value)));
}

// One county, or (null) all of them: in the panel its own verdicts and figures, on the map the others dimmed.
function setCounty(place) {
  shown.county = place;
  map.closePopup();
  refillPanel();
  document.getElementById('tabpanels').scrollTop = 0;
  dimOthers();
  fitChosen();
  tell('county');
  announce(`${say('county-now')}${countyName() ?? say('county-all')}`);
}

function fitChosen() {
  if (shown.county === null) fitStudy();
  else map.fitBounds(L.geoJSON(data.counties[shown.county]).getBounds(), { paddingTopLeft: [40, 30], paddingBottomRight: [besideLegend() + 10, 40], animate: false });
}

function isDimmed(countyPlace) {
  return shown.county !== null && shown.county !== countyPlace;
}

function dimMark(icon, mark) {
  icon.classList.toggle('dimmed', shown.county !== null && mark.county !== countyName());
}

function dimOthers() {
  layers.counties.setStyle(countyStyle);
  if (shown.county !== null) layers.counties.getLayers()[shown.county].bringToFront();
  redraw('names', makeNames);
  for (const { icon, mark } of marksOnMap()) dimMark(icon, mark);
  dimCircles();
}

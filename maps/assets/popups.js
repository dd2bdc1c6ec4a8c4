// What a click shows: a facility, a place with unserved people, a county.
function besideLegend() {
  const card = document.querySelector('details.legend[open]');
  return card && map.getSize().x > 600 ? card.offsetWidth + 24 : 24;
}

function popupOptions() {
  return { maxWidth: 300, minWidth: 200, maxHeight: 390, autoPanPaddingTopLeft: [54, 60], autoPanPaddingBottomRight: [besideLegend(), 24] };
}

function markPopup(mark, group) {
  const pairs = data.mark_facts[data.marks.indexOf(mark)].map((said, place) => [data.facts[place], said]);
  const box = el('div', { class: 'popup' }, el('h2', {}, mark.name), el('p', { class: 'small' }, group.label), facts(pairs));
  if (data.single[mark.id]) {
    const on = () => view.single && view.single.id === mark.id;
    const label = () => say(on() ? 'hide-isochrones' : 'show-isochrones');
    const button = el('button', { class: 'plain', type: 'button', onclick: () => { showSingle(mark.id); button.textContent = label(); } }, label());
    box.append(button);
  }
  return box;
}

function unservedPopup(circle) {
  const [, , residents, minutes, county, township] = circle;
  const time = minutes === null ? say('unreachable') : String(minutes);
  const pairs = [[say('residents'), residents.toLocaleString('en')], [`${say('response')} (min)`, time], [say('county'), data.unserved.names[county]], [say('township'), data.unserved.names[township]]];
  return el('div', { class: 'popup' }, el('h2', {}, data.unserved_said.label), facts(pairs));
}

function countyPopup(place) {
  const county = data.counties[place].properties;
  const figures = facts(data.county_figures[place]);
  const access = accessOf('counties', place);
  if (access.length) return el('div', { class: 'popup' }, el('h2', {}, county.name), ...access, el('details', { class: 'more' }, el('summary', {}, phrase('county-whole')), figures));
  const box = el('div', { class: 'popup' }, el('h2', {}, county.name), figures);
  const rule = ruleOfTheme();
  if (!rule) return box;
  const verdict = verdictOf(place);
  box.append(el('h3', {}, rule.title));
  if (!verdict) box.append(el('p', {}, say('no-verdict-here')));
  else box.append(el('p', {}, chip(verdict), ` ${verdict.unit}`), facts([[say('target'), verdict.target], [`${say('legend-verdicts')}`, verdict.value], [say('people-affected'), verdict.people]]));
  return box;
}

function circleAt(point) {
  if (!layers.unserved || !map.hasLayer(layers.unserved)) return null;
  let best = null;
  let nearest = Infinity;
  for (const circle of data.unserved.circles) {
    const at = map.latLngToContainerPoint([circle[0], circle[1]]);
    const away = at.distanceTo(point) - circleRadius(circle[2]);
    if (away < 3 && away < nearest) [best, nearest] = [circle, away];
  }
  return best;
}

// Circles are painted on one canvas that lets clicks through, so the map asks itself what lies under a click.
function watchClicks() {
  map.on('popupopen', (event) => {
    const button = event.popup.getElement().querySelector('.leaflet-popup-close-button');
    if (button) button.setAttribute('aria-label', say('close'));
  });
  map.on('click', (event) => {
    const circle = circleAt(event.containerPoint);
    openReading(event.latlng, circle && unservedPopup(circle));
  });
}

function openPopup(at, node) {
  L.popup(popupOptions()).setLatLng(at).setContent(node).openOn(map);
}

function goToCounty(name) {
  const place = data.counties.findIndex((county) => county.properties.name === name);
  if (place < 0) return;
  const layer = layers.counties.getLayers()[place];
  map.fitBounds(layer.getBounds(), { paddingTopLeft: [60, 60], paddingBottomRight: [besideLegend(), 60], maxZoom: 12 });
  openPopup(data.counties[place].properties.at, countyPopup(place));
}

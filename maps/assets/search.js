// The search box: counties, townships and facilities by a part of their name; arrows, Enter and Escape as in any list.
const MOST_FOUND = 12;
const search = { entries: [], found: [], at: -1 };

function folded(words) {
  return words.normalize('NFKC').toLowerCase().replace(/\s+/g, '');
}

function makeEntries() {
  const counties = data.counties.map((county) => ({ name: county.properties.name, kind: phrase('a-county'), where: '', go: () => goToCounty(county.properties.name) }));
  const townships = data.townships_at.map((each, place) => ({ name: each.name, kind: phrase('a-township'), where: each.county, go: () => goToTownship(place) }));
  const marks = data.marks.map((mark, place) => ({ name: mark.name, kind: data.mark_facts[place][0], where: mark.county, go: () => goToMark(mark) }));
  const lost = data.unplaced.map(([name, kind, county]) => ({ name, kind, where: county, lost: true, go: () => openPopup(map.getCenter(), problemPopup(name, phrase('no-place'))) }));
  search.entries = [...counties, ...townships, ...marks, ...lost].map((entry) => ({ ...entry, folded: folded(entry.name) }));
}

// Names that begin with the words come first, then counties, townships and facilities in this order.
function findEntries(words) {
  const asked = folded(words);
  if (!asked) return [];
  const found = search.entries.filter((entry) => entry.folded.includes(asked));
  const rank = (entry) => (entry.folded === asked ? 0 : entry.folded.startsWith(asked) ? 1 : 2);
  return found.map((entry) => [rank(entry), entry]).sort((a, b) => a[0] - b[0]).map(([, entry]) => entry);
}

function optionNode(entry, place) {
  const about = [entry.kind, entry.where, entry.lost ? phrase('no-place-short') : ''].filter(Boolean).join(' · ');
  const option = el('li', { role: 'option', id: `found-${place}`, 'aria-selected': 'false' }, el('span', {}, entry.name), el('span', { class: 'small' }, about));
  option.addEventListener('mousedown', (event) => {
    event.preventDefault();
    goToEntry(entry);
  });
  return option;
}

function showFound() {
  const box = document.getElementById('search');
  const list = document.getElementById('found');
  const all = findEntries(box.value);
  search.found = all.slice(0, MOST_FOUND);
  search.at = -1;
  list.replaceChildren(...search.found.map(optionNode));
  const open = folded(box.value) !== '';
  list.hidden = !open;
  box.setAttribute('aria-expanded', String(open));
  box.removeAttribute('aria-activedescendant');
  const said = all.length ? phrase('found', { n: all.length }) : phrase('nothing-found');
  if (open && (!all.length || all.length > MOST_FOUND)) list.append(el('li', { role: 'presentation', class: 'small' }, all.length ? phrase('found-more', { n: all.length - MOST_FOUND }) : said));
  if (open) announce(said);
}

function closeFound() {
  const box = document.getElementById('search');
  document.getElementById('found').hidden = true;
  box.setAttribute('aria-expanded', 'false');
  box.removeAttribute('aria-activedescendant');
  search.at = -1;
}

function markFound(at) {
  const options = [...document.querySelectorAll('#found [role=option]')];
  if (!options.length) return;
  search.at = (at + options.length) % options.length;
  options.forEach((option, place) => option.setAttribute('aria-selected', String(place === search.at)));
  options[search.at].scrollIntoView({ block: 'nearest' });
  document.getElementById('search').setAttribute('aria-activedescendant', `found-${search.at}`);
}

function goToEntry(entry) {
  document.getElementById('search').value = entry.name;
  closeFound();
  entry.go();
  announce(entry.name);
}

function searchKey(event) {
  if (event.isComposing) return;
  const closed = document.getElementById('found').hidden;
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault();
    if (closed) showFound();
    markFound(event.key === 'ArrowDown' ? search.at + 1 : search.at < 0 ? -1 : search.at - 1);
  } else if (event.key === 'Enter') {
    event.preventDefault();
    if (closed) showFound();
    const entry = search.found[Math.max(search.at, 0)];
    if (entry) goToEntry(entry);
  } else if (event.key === 'Escape' && !closed) {
    event.stopPropagation();
    closeFound();
  }
}

function goToTownship(place) {
  const { name, county, at, shape } = data.townships_at[place];
  const row = shape < 0 || data.figures.townships.length !== data.townships.length ? null : data.figures.townships[shape];
  const pairs = row ? data.figures.heads.slice(1).map((head, nth) => [head, row.cells[nth]]) : [];
  const bounds = shape < 0 ? L.latLngBounds([at, at]) : L.geoJSON(data.townships[shape]).getBounds();
  map.fitBounds(bounds, { paddingTopLeft: [60, 60], paddingBottomRight: [besideLegend(), 60], maxZoom: 12 });
  if (layers.townships && !map.hasLayer(layers.townships)) {
    layers.townships.addTo(map);
    fillLegend();
  }
  openPopup(at, el('div', { class: 'popup' }, el('h2', {}, name), facts([[say('county'), county], ...pairs]), ...(shape < 0 ? [] : accessOf('townships', shape))));
}

function goToMark(mark) {
  const group = data.style.groups.find((each) => each.key === mark.group);
  const layer = layers[`group-${group.key}`];
  const marker = layer.getLayers()[data.marks.filter((each) => each.group === mark.group).indexOf(mark)];
  if (!map.hasLayer(layer)) {
    layer.addTo(map);
    fillLegend();
  }
  map.setView(mark.at, Math.max(map.getZoom(), 12), { animate: false });
  Object.assign(marker.getPopup().options, popupOptions());
  marker.openPopup();
}

function fillSearch() {
  const home = document.getElementById('search-home');
  const box = el('input', { type: 'text', id: 'search', role: 'combobox', autocomplete: 'off', spellcheck: 'false', 'aria-autocomplete': 'list', 'aria-controls': 'found', 'aria-expanded': 'false', 'aria-label': phrase('search'), placeholder: phrase('search') });
  box.addEventListener('input', showFound);
  box.addEventListener('keydown', searchKey);
  box.addEventListener('blur', closeFound);
  home.replaceChildren(box, el('ul', { id: 'found', role: 'listbox', 'aria-label': phrase('search-found'), hidden: true }));
  makeEntries();
}

function makeSearch() {
  const control = L.control({ position: 'topleft' });
  control.onAdd = () => {
    const home = el('div', { id: 'search-home', role: 'search' });
    L.DomEvent.disableClickPropagation(home);
    L.DomEvent.disableScrollPropagation(home);
    return home;
  };
  control.addTo(map);
  fillSearch();
  listen('language', fillSearch);
}

// Puts the page together, once.
function fitStudy() {
  if (!data.bounds) return;
  map.fitBounds(data.bounds, { paddingTopLeft: [20, 20], paddingBottomRight: [besideLegend(), 30], animate: false });
  scaleCircles();
}

function nameMap() {
  map.getContainer().setAttribute('aria-label', say('map-label'));
  for (const way of ['in', 'out']) {
    const button = document.querySelector(`.leaflet-control-zoom-${way}`);
    button.title = say(`zoom-${way}`);
    button.setAttribute('aria-label', say(`zoom-${way}`));
  }
}

speak(languageOfAddress() || data.lang);
makePatterns();
fillHead();
map.attributionControl.setPrefix('Leaflet');
if (data.osm) map.attributionControl.addAttribution('© OpenStreetMap contributors');
map.getContainer().setAttribute('role', 'application');
makePanes();
makeThemes();
makeAccessThemes();
makeLimitTheme();
makeSearch();
L.control.zoom({ position: 'topleft' }).addTo(map);
nameMap();
L.control.scale({ imperial: false, maxWidth: 160 }).addTo(map);
makeLimit();
fitStudy();
makeLayers();
makeLegend();
fitStudy();
resizeCircles();
fillPanel();
for (const again of [refillPanel, remakeMarks, fillLegend, nameMap]) listen('language', again);
watchLanguage();
watchTabs();
watchClicks();
watchCountyPicker();
watchKeys();
watchPrint();
makeCharts();
watchReading();
setTheme(firstTheme());

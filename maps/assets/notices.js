// What happens on the page ('language', 'county', 'theme', 'filter'), told to every part that asked to hear of it.
const hearers = {};

function listen(happening, act) {
  (hearers[happening] ??= []).push(act);
}

function tell(happening) {
  for (const act of hearers[happening] || []) act();
}

// Said by a screen reader, shown nowhere.
function announce(words) {
  document.getElementById('live').textContent = words;
}

// One page in several languages: `data` holds what is drawn and what is said in the language now spoken.
function speak(lang) {
  Object.assign(data, data.drawn, data.said[lang]);
  document.documentElement.lang = data.language;
}

// The address keeps the language, so that a link opens in it: map.html#lang=en
function languageOfAddress() {
  const asked = new URLSearchParams(location.hash.slice(1)).get('lang');
  return Object.hasOwn(data.said, asked) ? asked : null;
}

function keepInAddress(lang) {
  const parts = new URLSearchParams(location.hash.slice(1));
  parts.set('lang', lang);
  history.replaceState(null, '', `#${parts}`);
}

function otherLanguage() {
  return Object.keys(data.said).find((lang) => lang !== data.lang);
}

function setLanguage(lang) {
  if (lang === data.lang) return;
  speak(lang);
  tell('language');
  announce(say('language-now'));
}

function labelLanguageButton() {
  const other = data.said[otherLanguage()];
  const button = document.getElementById('language');
  button.textContent = other.texts['language-name'];
  button.lang = other.language;
  button.title = other.texts['language-switch'];
}

function watchLanguage() {
  labelLanguageButton();
  document.getElementById('language').addEventListener('click', () => {
    const lang = otherLanguage();
    keepInAddress(lang);
    setLanguage(lang);
  });
  window.addEventListener('hashchange', () => setLanguage(languageOfAddress() || data.lang));
  listen('language', labelLanguageButton);
}

/**
 * Replaces a language that `Intl` rejects, because uPlot would then fail to load: it requests number formats for
 * `navigator.language`. On Linux with the locale C, Chromium has the language `en-US@posix`. Import this file before
 * uPlot.
 */
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-US' });
}

/**
 * Replaces `navigator.language` if `Intl` rejects it. When uPlot loads, it requests number formats for this language,
 * and would throw an error. For example, Chromium on Linux with the locale C has the language `en-US@posix`. Import
 * this file before uPlot.
 */
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-US' });
}

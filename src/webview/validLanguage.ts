/**
 * uPlot asks for number formats of `navigator.language` while it loads. Chromium can have a language that `Intl` refuses:
 * `en-US@posix` on a Linux with the locale C. Import this file before uPlot.
 */
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-US' });
}

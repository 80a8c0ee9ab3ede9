/**
 * Replaces `navigator.language` if it is not a valid language tag. For example, it is `en-US@posix` in Chromium on
 * Linux with the locale C. When uPlot is loaded, it creates a number format for this language, which would throw an
 * error. Therefore, import this file before uPlot.
 */
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-US' });
}

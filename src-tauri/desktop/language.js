// With LANG=C.UTF-8 WebKitGTK names the language "C", which Intl refuses: the first number format would stop the page.
try {
  new Intl.Locale(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-GB' });
  Object.defineProperty(navigator, 'languages', { value: Object.freeze(['en-GB']) });
}

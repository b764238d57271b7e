// Before anything is drawn: the theme that was chosen, or the computer's, so that the page never changes colour.
(() => {
  let choice;
  try {
    choice = localStorage.getItem('seaworthy.theme');
  } catch {
    // Where nothing is kept, the computer decides.
  }
  const says = (query) => matchMedia(query).matches;
  const system = says('(prefers-contrast: more)')
    ? 'contrast'
    : says('(prefers-color-scheme: dark)')
      ? 'dark'
      : 'light';
  document.documentElement.dataset.theme = ['light', 'dark', 'contrast'].includes(choice) ? choice : system;
})();

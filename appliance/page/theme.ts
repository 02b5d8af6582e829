/** Dark, light, or as the system has it; chosen per browser. */
export type Theme = 'system' | 'dark' | 'light';

const key = 'perch-theme';

/** What was chosen in this browser. */
export function readTheme(): Theme {
  try {
    const kept = localStorage.getItem(key);
    return kept === 'dark' || kept === 'light' ? kept : 'system';
  } catch {
    return 'system';
  }
}

/** Shows a theme and keeps it. */
export function setTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(key, theme);
  } catch {
    // A private window may refuse; the theme holds until the page is closed.
  }
  const ground = getComputedStyle(document.documentElement).getPropertyValue('--perch-ground').trim();
  for (const meta of document.querySelectorAll('meta[name="theme-color"]')) meta.setAttribute('content', ground);
}

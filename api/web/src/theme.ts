export type Theme = 'system' | 'light' | 'dark';

const KEY = 'stepfit-theme';
const NEXT: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };

/** What was chosen last; the system's where nothing was. */
export function readTheme(): Theme {
  const stored = localStorage.getItem(KEY);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

export function applyTheme(theme = readTheme()): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

export function nextTheme(): Theme {
  const theme = NEXT[readTheme()];
  localStorage.setItem(KEY, theme);
  applyTheme(theme);
  return theme;
}

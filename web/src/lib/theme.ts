// Dark or light: as the system has it, until the user chooses.

import { Store } from './store';
import { recall, remember } from './settings';

export type Theme = 'dark' | 'light';

const system = matchMedia('(prefers-color-scheme: dark)');
const systemTheme = (): Theme => (system.matches ? 'dark' : 'light');

function chosenTheme(): Theme | null {
  const value = recall('theme');
  return value === 'dark' || value === 'light' ? value : null;
}

export const theme = new Store<Theme>(chosenTheme() ?? systemTheme());

export function startTheme(): void {
  theme.watch((value) => document.documentElement.setAttribute('data-theme', value));
  system.addEventListener('change', () => theme.set(chosenTheme() ?? systemTheme()));
}

export function toggleTheme(): void {
  theme.update((value) => (value === 'dark' ? 'light' : 'dark'));
  remember('theme', theme.get() === systemTheme() ? null : theme.get());
}

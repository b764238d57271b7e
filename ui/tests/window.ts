import { render, screen } from '@testing-library/svelte';
import App from '../src/App.svelte';
import { FakeBackend } from '../src/lib/backend/fake';
import type { Fault, ReleaseView } from '../src/lib/wire/wire';

/** Opens the window on a backend, at an address, and waits for what it shows first. */
export async function openWindow(backend: FakeBackend, hash = ''): Promise<FakeBackend> {
  document.documentElement.lang = 'en';
  location.hash = hash;
  render(App, { backend });
  await screen.findByRole('heading', { level: 1 });
  return backend;
}

export const at = (view: ReleaseView, name: 'readiness' | 'rollout' | 'ledger') =>
  `#/release/${view.head.id}/${name}`;

export function refusal(code: Fault['code'], message: string, rest: Partial<Fault> = {}): Fault {
  return { code, message, help: null, missing: [], ...rest };
}

/** What was asked, without the readings that every screen makes. */
export function acts(backend: FakeBackend) {
  const readings = [
    'releases',
    'home',
    'ledger',
    'log',
    'event',
    'status',
    'series',
    'doctor',
    'preview',
    'preview_rollback',
    'check_log',
  ];
  return backend.asked.filter(
    (request) => !readings.includes(request.do) && !(request.do === 'practice' && request.change === null),
  );
}

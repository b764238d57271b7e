import { mount } from 'svelte';
import App from './App.svelte';
import type { Backend } from './lib/backend/backend';
import { tauri } from './lib/backend/tauri';
import './styles/fonts.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/tones.css';
import './styles/sgr.css';

// A window of made-up releases is for building the interface; the shipped one does not contain it.
const FAKES = import.meta.env.DEV || import.meta.env.MODE === 'showcase';

async function door(): Promise<Backend> {
  const scene = new URLSearchParams(location.search).get('fake');
  if (!FAKES || scene === null) return tauri;
  const { FakeBackend } = await import('./lib/backend/fake');
  return FakeBackend.of(scene);
}

async function begin() {
  const target = document.getElementById('app');
  if (!target) throw new Error('the page has no place for the window: index.html needs an element #app');
  mount(App, { target, props: { backend: await door() } });
}

void begin();

import { mount } from 'svelte';
import App from './App.svelte';
import './styles/fonts.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/tones.css';
import './styles/sgr.css';

const target = document.getElementById('app');
if (!target) throw new Error('the page has no place for the window: index.html needs an element #app');

export default mount(App, { target });

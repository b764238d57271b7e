import { mount } from 'svelte';
import { confirming } from '$lib/backend/tauri';
import Confirm from './Confirm.svelte';
import '../styles/fonts.css';
import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/tones.css';

const target = document.getElementById('app');
if (!target) throw new Error('the page has no place for the question: confirm.html needs an element #app');

export default mount(Confirm, { target, props: { host: confirming } });

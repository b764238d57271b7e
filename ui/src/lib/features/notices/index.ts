export { default as Told } from './Told.svelte';

export { default as Connections } from './Connections.svelte';

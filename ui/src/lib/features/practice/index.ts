export { default as Faults } from './Faults.svelte';
export { default as Pace } from './Pace.svelte';

export { default as Readiness } from './Readiness.svelte';
export { default as ReadinessActions } from './ReadinessActions.svelte';

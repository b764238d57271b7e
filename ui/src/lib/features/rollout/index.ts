export { default as Rollout } from './Rollout.svelte';
export { default as RolloutActions } from './RolloutActions.svelte';

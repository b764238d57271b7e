export { default as CallList } from './CallList.svelte';
export { Desk, getDesk, setDesk } from './desk.svelte';
export { default as FaultNote } from './FaultNote.svelte';
export { default as Forms } from './Forms.svelte';

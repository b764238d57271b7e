import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { fileURLToPath } from 'node:url';

// The window's content security policy allows no inline script, no inline style and no data: fonts,
// so nothing may be inlined into the page or into a data: address.
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  'connect-src ipc: http://ipc.localhost';

export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  base: './',
  resolve: {
    alias: { $lib: fileURLToPath(new URL('./src/lib', import.meta.url)) },
    // Without this vitest would load Svelte's server build, where nothing mounts.
    conditions: mode === 'test' ? ['browser'] : undefined,
  },
  build: {
    target: ['safari17', 'chrome120'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    outDir: 'dist',
    // The window of a question is a page of its own, which shares no state with the one that asks.
    rolldownOptions: { input: ['index.html', 'confirm.html'] },
  },
  server: { port: 5173, strictPort: true, host: '127.0.0.1' },
  preview: { headers: { 'Content-Security-Policy': CONTENT_SECURITY_POLICY } },
  test: {
    environment: 'jsdom',
    setupFiles: ['./tests/setup.ts'],
    // A busy machine is slow, not wrong: only what hangs ends here.
    testTimeout: 60_000,
    include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
  },
}));

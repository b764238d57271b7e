import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const MAX_FILE_LINES = 400;
const MAX_FUNCTION_LINES = 70;

export default ts.config(
  { ignores: ['dist/', 'node_modules/', 'src/lib/wire/'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      'max-lines': ['error', MAX_FILE_LINES],
      'max-lines-per-function': ['error', { max: MAX_FUNCTION_LINES, skipComments: true }],
      'no-console': 'error',
      'no-undef': 'off',
      eqeqeq: 'error',
      // Only the door to the host may know which host it is.
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['@tauri-apps/*'], message: 'import lib/backend/backend instead' }] },
      ],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
    rules: {
      // A static style attribute is refused by the content security policy; style: directives are not.
      'no-restricted-syntax': [
        'error',
        { selector: 'SvelteAttribute[key.name="style"]', message: 'use a class or a style: directive' },
      ],
      // Addresses are hash links of a window without a server; there is no router to resolve them.
      'svelte/no-navigation-without-resolve': 'off',
      'svelte/require-each-key': 'error',
    },
  },
  { files: ['src/lib/backend/tauri.ts'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['src/lib/kit/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['@tauri-apps/*'], message: 'import lib/backend/backend instead' },
            {
              group: ['$lib/wire/*', '$lib/state/*', '$lib/features/*', '$lib/shell/*', '$lib/backend/*'],
              message: 'the kit knows nothing of releases',
            },
          ],
        },
      ],
    },
  },
  { files: ['**/*.test.ts'], rules: { 'max-lines-per-function': 'off' } },
);

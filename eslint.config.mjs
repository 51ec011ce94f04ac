// Which code is refused?
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import tseslint from 'typescript-eslint';
import house from './tools/lib/eslint-house.mjs';
import { NODE_GLOBALS } from './tools/lib/imports.mjs';

const { node: mayUseNode } = JSON.parse(readFileSync(new URL('tools/floors.json', import.meta.url), 'utf8'));

export default tseslint.config(
  // Skeletons are generated.
  { ignores: ['**/dist/', '**/node_modules/', '.cache/', 'docs/api/', 'packages/libbpf/test/skeletons/', 'coverage/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { house },
    rules: {
      'house/ts-extension': 'error',
      'max-lines': ['warn', { max: 500, skipBlankLines: false, skipComments: false }],
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'a name is exported under its name' },
        { selector: 'VariableDeclaration[kind="using"], VariableDeclaration[kind="await using"]', message: 'using is not in every engine that src runs on' },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // An index that was just checked is known better than the type says: noUncheckedIndexedAccess makes typed arrays `number | undefined`.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // These four believe a type where the world may differ: a call changed what was narrowed, `isTTY` is undefined, an FFI returns
      // a number or a bigint, a union with a string has all of a string's old methods.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-unnecessary-boolean-literal-compare': 'off',
      '@typescript-eslint/no-unnecessary-type-conversion': 'off',
      '@typescript-eslint/no-deprecated': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // `case X: return this.y();` in a dispatch reads better than two statements.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // ESM and CommonJS copies of a class may coexist: what counts is its shape and its `code`.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Overloads with a docstring each say more than a union.
      '@typescript-eslint/unified-signatures': 'off',
    },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    rules: {
      'house/first-line-comment': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': true }],
      'no-console': 'error',
    },
  },
  // commander hands options over as `any`; the signature of each action says what they are.
  { files: ['packages/cli/src/**/*.ts'], rules: { 'no-console': 'off', '@typescript-eslint/no-unsafe-argument': 'off' } },
  { files: ['packages/*/src/**/generated/*.ts'], rules: { 'max-lines': 'off' } },
  { files: ['packages/*/src/index.ts'], rules: { 'house/named-re-exports-only': 'error' } },
  {
    files: ['packages/*/src/**/*.ts'],
    ignores: mayUseNode.map((dir) => `packages/${dir}/**`),
    rules: {
      'no-restricted-globals': ['error', ...NODE_GLOBALS.map((name) => ({ name, message: 'this package runs in a browser' }))],
      'no-restricted-imports': ['error', { patterns: [{ regex: `^(node:.*|${builtinModules.join('|')})$`, message: 'this package runs in a browser' }] }],
    },
  },
  {
    files: ['**/test/**/*.ts', '**/bench/**/*.ts', 'docs/**/*.ts'],
    rules: {
      // Tests poke at values whose shape the expectation itself proves.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/unbound-method': 'off',
      // README snippets are run from their text.
      '@typescript-eslint/no-implied-eval': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
      'max-lines': ['warn', { max: 800 }],
    },
  },
  {
    files: ['**/*.mjs', 'packages/cli/bin/*.cjs'],
    extends: [tseslint.configs.base],
    plugins: { house },
    rules: { eqeqeq: 'error', 'no-var': 'error', 'prefer-const': 'error', 'no-undef': 'off', '@typescript-eslint/no-unused-vars': ['error', { args: 'none' }], 'house/first-line-comment': 'error' },
  },
);

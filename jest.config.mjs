// Tests run on the sources: no build needed. Workspace imports are mapped to each package's src.
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/packages/*/test/**/*.test.ts', '<rootDir>/tools/test/**/*.test.ts', '<rootDir>/docs/test/**/*.test.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }] },
  moduleNameMapper: { '^@rootlet/([^/]+)$': '<rootDir>/packages/$1/src/index.ts' },
  modulePathIgnorePatterns: ['<rootDir>/.cache/', '/dist/'],
  cacheDirectory: '<rootDir>/.cache/jest',
};

// Which files are tests, and how does TypeScript become something that jest runs?
//
// Tests run on the sources, no build needed: workspace imports are mapped to each package's src.
// `*.kernel.test.ts` ask the running kernel through bpf(2); `node tools/jest.mjs --kernel` runs them and only them.
const kernel = process.env.ROOTLET_KERNEL_TESTS === '1';
const suffix = kernel ? '.kernel.test.ts' : '.test.ts';

export default {
  testEnvironment: 'node',
  testMatch: ['packages/*/test/**/*', 'tools/test/**/*', 'docs/test/**/*'].map((glob) => `<rootDir>/${glob}${suffix}`),
  testPathIgnorePatterns: ['/node_modules/', ...(kernel ? [] : ['\\.kernel\\.test\\.ts$'])],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }],
  },
  moduleNameMapper: { '^@rootlet/([^/]+)$': '<rootDir>/packages/$1/src/index.ts' },
  modulePathIgnorePatterns: ['<rootDir>/.cache/', '/dist/'],
  cacheDirectory: '<rootDir>/.cache/jest',
};

// Does every snippet of every README and docstring run, and print what it says there?
//
// A ```ts block is run on the sources, alone, in the folder of the repository; `await` works at its top level. Where a
// ```text block follows it, what the snippet logs must be that text, line by line; in a README BLESS=1 rewrites the text. A snippet
// whose `console.log(…);` are followed by `// text` must log these texts. What cannot run everywhere says so: ```ts no-run.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'node:util';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import ts from 'typescript';
import { findSnippetFiles } from './find-snippets.ts';

const root = join(__dirname, '..', '..');
const files = findSnippetFiles(root);

async function runSnippet(code: string): Promise<string> {
  const { outputText } = ts.transpileModule(code, { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 } });
  const lines: string[] = [];
  const log = (...values: unknown[]): void => void lines.push(format(...values));
  const AsyncFunction = (async () => {}).constructor as new (...args: string[]) => (...values: unknown[]) => Promise<void>;
  const run = new AsyncFunction('exports', 'require', 'console', outputText);
  const previous = process.cwd();
  process.chdir(root);
  try {
    await run({}, (id: string): unknown => jest.requireActual(id.startsWith('./') ? join(root, id) : id), { log, error: log });
  } finally {
    process.chdir(previous);
  }
  return lines.join('\n');
}

it('there are snippets in the README at the top and in docstrings', () => {
  expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(['README.md', 'packages/btf/src/builder.ts']));
});

for (const { path, snippets } of files) {
  describe(path, () => {
    const markdown = readFileSync(join(root, path), 'utf8');
    let blessed = markdown;
    for (const { line, code, expected } of snippets) {
      it(`the snippet at line ${line} runs`, async () => {
        const printed = await runSnippet(code);
        const said = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1]);
        if (said.length > 0) expect(printed.split('\n')).toEqual(said);
        if (expected === undefined) return;
        if (process.env['BLESS']) blessed = blessed.replace(`\`\`\`text\n${expected}\n\`\`\``, () => `\`\`\`text\n${printed}\n\`\`\``);
        else expect(printed).toBe(expected);
      });
    }
    afterAll(() => {
      if (blessed !== markdown) writeFileSync(join(root, path), blessed);
    });
  });
}

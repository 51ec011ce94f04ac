// Does every snippet of every README run, and print what the README says?
//
// A ```ts block is run on the sources, alone, in the folder of the repository; `await` works at its top level. Where a
// ```text block follows it, what the snippet logs must be that text, line by line; BLESS=1 rewrites the text. A snippet whose
// `console.log(…);` are followed by `// text` must log these texts. What cannot run everywhere says so: ```ts no-run.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'node:util';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import ts from 'typescript';

const root = join(__dirname, '..', '..');
const readmes = ['README.md', ...readdirSync(join(root, 'packages')).map((dir) => `packages/${dir}/README.md`)].filter((path) => existsSync(join(root, path)));

interface Snippet {
  readonly line: number;
  readonly code: string;
  /** The text block that follows, without its last newline. */
  readonly expected: string | undefined;
}

/** Fenced blocks in order; only blank lines may stand between code and its output. */
function findSnippets(markdown: string): Snippet[] {
  const blocks = [...markdown.matchAll(/^```([^\n]*)\n([\s\S]*?)^```[ \t]*$/gm)];
  return blocks.flatMap((block, index) => {
    if (block[1] !== 'ts') return [];
    const next = blocks[index + 1];
    const between = next === undefined ? 'none' : markdown.slice(block.index + block[0].length, next.index);
    const expected = next?.[1] === 'text' && between.trim() === '' ? next[2]!.replace(/\n$/, '') : undefined;
    return [{ line: markdown.slice(0, block.index).split('\n').length, code: block[2]!, expected }];
  });
}

async function runSnippet(code: string): Promise<string> {
  const { outputText } = ts.transpileModule(code, { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 } });
  const lines: string[] = [];
  const log = (...values: unknown[]): void => void lines.push(format(...values));
  const AsyncFunction = (async () => {}).constructor as new (...args: string[]) => (...values: unknown[]) => Promise<void>;
  const run = new AsyncFunction('exports', 'require', 'console', outputText);
  const previous = process.cwd();
  process.chdir(root);
  try {
    await run({}, (id: string): unknown => jest.requireActual(id), { log, error: log });
  } finally {
    process.chdir(previous);
  }
  return lines.join('\n');
}

it('there is a README at the top', () => {
  expect(readmes).toContain('README.md');
});

for (const readme of readmes) {
  const markdown = readFileSync(join(root, readme), 'utf8');
  const snippets = findSnippets(markdown);
  if (snippets.length === 0) continue;
  describe(readme, () => {
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
      if (blessed !== markdown) writeFileSync(join(root, readme), blessed);
    });
  });
}

// Which snippets do the READMEs and the docstrings show?
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A ```ts block. */
export interface Snippet {
  readonly line: number;
  readonly code: string;
  /** The ```text block that follows, without its last newline. */
  readonly expected: string | undefined;
}

/** A file with snippets in it. */
export interface SnippetFile {
  /** Path below the root, with forward slashes. */
  readonly path: string;
  readonly snippets: readonly Snippet[];
}

/** All READMEs and sources with at least one snippet. */
export function findSnippetFiles(root: string): SnippetFile[] {
  const packages = readdirSync(join(root, 'packages')).map((dir) => `packages/${dir}`);
  const readmes = ['README.md', ...packages.map((path) => `${path}/README.md`)].filter((path) => existsSync(join(root, path)));
  const sources = packages.flatMap((path) =>
    readdirSync(join(root, path, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .map((name) => `${path}/src/${name.replaceAll('\\', '/')}`),
  );
  const files = [
    ...readmes.map((path) => ({ path, snippets: findSnippets(readFileSync(join(root, path), 'utf8')) })),
    ...sources.map((path) => ({ path, snippets: findSnippets(docstringsOf(readFileSync(join(root, path), 'utf8'))) })),
  ];
  return files.filter(({ snippets }) => snippets.length > 0);
}

/** The text of all docstrings, each line where it stands in the source; all other lines are empty. */
function docstringsOf(source: string): string {
  let inside = false;
  return source
    .split('\n')
    .map((line) => {
      if (/^\s*\/\*\*\s*$/.test(line)) inside = true;
      else if (/^\s*\*\/\s*$/.test(line)) inside = false;
      else if (inside) return line.replace(/^\s*\* ?/, '');
      return '';
    })
    .join('\n');
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

// Do the snippets of READMEs and docstrings have the types they seem to have? (That they run is docs/test/snippets.test.ts's question.)
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importTs } from './lib/import-ts.mjs';
import { CACHE, ROOT } from './lib/workspace.mjs';

const { findSnippetFiles } = await importTs('docs/test/find-snippets.ts');

const folder = join(CACHE, 'snippets');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

let count = 0;
for (const { path, snippets } of findSnippetFiles(ROOT)) {
  for (const { line, code } of snippets) {
    // As many empty lines before it as its file has: a message then names that file's own line.
    writeFileSync(join(folder, `${path.replaceAll('/', '_').replace(/\.(md|ts)$/, '')}_${line}.ts`), `${'\n'.repeat(line)}${code.replaceAll(/ from '\.\//g, " from '../../")}\nexport {};\n`);
    count++;
  }
}
if (count === 0) {
  console.log('snippets: none yet');
  process.exit(0);
}
writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.json', compilerOptions: { noEmit: true, rootDir: '../..', isolatedDeclarations: false, declaration: false, emitDeclarationOnly: false, noUnusedLocals: false, verbatimModuleSyntax: false }, include: ['*.ts'], exclude: [] }));
const { status } = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder], { cwd: ROOT, stdio: 'inherit' });
console.log(`snippets: ${count} type-checked`);
process.exit(status ?? 1);

// Do the snippets of the READMEs have the types they seem to have? (That they run is docs/test/readme.test.ts's question.)
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, listPackages, ROOT } from './lib/workspace.mjs';

const folder = join(CACHE, 'snippets');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

let count = 0;
for (const readme of ['README.md', ...listPackages().map((pkg) => `packages/${pkg.dir}/README.md`)]) {
  if (!existsSync(join(ROOT, readme))) continue;
  const markdown = readFileSync(join(ROOT, readme), 'utf8');
  for (const block of markdown.matchAll(/^```ts\n([\s\S]*?)^```[ \t]*$/gm)) {
    const line = markdown.slice(0, block.index).split('\n').length;
    // As many empty lines before it as the README has: a message then names the README's own line.
    writeFileSync(join(folder, `${readme.replaceAll('/', '_').replace('.md', '')}_${line}.ts`), `${'\n'.repeat(line)}${block[1]}\nexport {};\n`);
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

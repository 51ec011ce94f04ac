// What is the smallest house that the tools can look at?
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(__dirname, '..', '..');

/** A repository of two packages, `low` (F1) and `high` (F2), in a folder of its own; files can be replaced before a tool runs. */
export class House {
  readonly folder: string;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'rootlet-house-'));
    this.write('tools/floors.json', JSON.stringify({ floors: [['low'], ['high']], imports: { low: [], high: ['low'] }, node: ['high'], external: {}, tests: ['@jest/globals'] }));
    this.write('docs/architecture.md', '<!-- floors: drawn by tools/floors.mjs --write from tools/floors.json -->\n<!-- floors: end -->\n');
    this.manifest('low', {});
    this.manifest('high', { '@rootlet/low': '^0.1.0' });
    this.write('packages/low/src/index.ts', "// What is here?\nexport { low } from './low.ts';\n");
    this.write('packages/low/src/low.ts', '// How low?\nexport const low = 1;\n');
    this.write('packages/high/src/index.ts', "// What is here?\nexport { low as high } from '@rootlet/low';\n");
    this.run('floors.mjs', '--write');
  }

  manifest(dir: string, dependencies: Record<string, string>): void {
    this.write(`packages/${dir}/package.json`, JSON.stringify({ name: `@rootlet/${dir}`, description: dir, sideEffects: false, dependencies }));
  }

  write(path: string, text: string): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** Runs a tool of this repository on the house. */
  run(tool: string, ...args: string[]): { readonly status: number | null; readonly output: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'tools', tool), ...args], { encoding: 'utf8', env: { ...process.env, ROOTLET_ROOT: this.folder } });
    return { status, output: stdout + stderr };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

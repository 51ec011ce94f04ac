// How are generated modules compiled and run?
import { dirname, join } from 'node:path';
import ts from 'typescript';
import * as libbpf from '@rootlet/libbpf';
import type { ObjectSource, OpenOptions } from '@rootlet/libbpf';
import { ROOT } from './support.ts';

const OPTIONS: ts.CompilerOptions = {
  strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, isolatedDeclarations: true, declaration: true, noEmit: true,
  verbatimModuleSyntax: true, erasableSyntaxOnly: true, noUnusedLocals: true, noUnusedParameters: true, noImplicitOverride: true,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'], types: ['node'], target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler, skipLibCheck: true, allowImportingTsExtensions: true,
  paths: { '@rootlet/*': [join(ROOT, 'packages/*/src/index.ts')] }, typeRoots: [join(ROOT, 'node_modules/@types')],
};

/** What the compiler says against modules, all of them in one program. @param files text by name */
export function complaintsOf(files: ReadonlyMap<string, string>): string[] {
  const host = ts.createCompilerHost(OPTIONS);
  const { getSourceFile, fileExists, readFile } = host;
  // As if they were beside each other in a package.
  const paths = new Map([...files].map(([name, text]) => [join(ROOT, 'packages/cli', `${name}.ts`), text]));
  host.getSourceFile = (path, ...rest) => {
    const text = paths.get(path);
    return text === undefined ? getSourceFile.call(host, path, ...rest) : ts.createSourceFile(path, text, rest[0], true);
  };
  host.fileExists = (path) => paths.has(path) || fileExists.call(host, path);
  host.readFile = (path) => paths.get(path) ?? readFile.call(host, path);
  host.getCurrentDirectory = () => dirname([...paths.keys()][0] ?? ROOT);
  const program = ts.createProgram([...paths.keys()], OPTIONS, host);
  return [...program.getOptionsDiagnostics(), ...[...paths.keys()].flatMap((path) => {
    const file = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file), ...program.getDeclarationDiagnostics(file)];
  })].map((one) => {
    const line = one.file === undefined || one.start === undefined ? '' : ` line ${one.file.getLineAndCharacterOfPosition(one.start).line + 1}`;
    return `${one.file?.fileName ?? ''}${line}: ${ts.flattenDiagnosticMessageText(one.messageText, ' ')}`;
  });
}

/** What a module exports that nobody knows the types of. */
export interface LooseSkeleton {
  open(options?: OpenOptions & { readonly object?: ObjectSource }): libbpf.Skeleton & Readonly<Record<string, Record<string, unknown>>>;
  openAndLoad(options?: OpenOptions): libbpf.Skeleton & Readonly<Record<string, Record<string, unknown>>>;
  elfBytes(): Uint8Array | undefined;
}

/** Runs a module. @returns what it exports */
export function runModule(text: string): Readonly<Record<string, LooseSkeleton>> {
  const { outputText } = ts.transpileModule(text, { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 } });
  const exports: Record<string, LooseSkeleton> = {};
  new Function('exports', 'require', outputText)(exports, () => libbpf);
  return exports;
}

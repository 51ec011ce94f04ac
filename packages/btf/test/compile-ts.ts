// How do tests compile and run generated TypeScript?
import ts from 'typescript';

const OPTIONS: ts.CompilerOptions = {
  strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, isolatedDeclarations: true, declaration: true, emitDeclarationOnly: true,
  verbatimModuleSyntax: true, erasableSyntaxOnly: true, noUnusedLocals: true, noUnusedParameters: true, noImplicitOverride: true,
  // Libraries as in a browser: nothing of Node may be needed.
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'], types: [], target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler, skipLibCheck: true, allowImportingTsExtensions: true,
};

const libraries = new Map<string, ts.SourceFile | undefined>();

/** What the compiler says against files, all of them in one program. */
export function complaintsOf(files: Readonly<Record<string, string>>): string[] {
  const host = ts.createCompilerHost(OPTIONS);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (name, target) => {
    const text = files[name];
    if (text !== undefined) return ts.createSourceFile(name, text, target, true);
    if (!libraries.has(name)) libraries.set(name, getSourceFile(name, target));
    return libraries.get(name);
  };
  host.fileExists = (name) => name in files;
  host.writeFile = () => {};
  const program = ts.createProgram(Object.keys(files), OPTIONS, host);
  const emitted = program.emit();
  return [...ts.getPreEmitDiagnostics(program), ...emitted.diagnostics].map((one) => {
    const line = one.file === undefined || one.start === undefined ? '' : ` line ${one.file.getLineAndCharacterOfPosition(one.start).line + 1}`;
    return `${one.file?.fileName ?? ''}${line}: ${ts.flattenDiagnosticMessageText(one.messageText, ' ')}`;
  });
}

/** The same text as JavaScript of ES modules, as a browser takes it. */
export function toModule(text: string): string {
  return ts.transpileModule(text, { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 } }).outputText;
}

/** A view as generated code has it, without its types. */
export interface View {
  $at(off: number): View;
  $on(view: DataView, off: number): View;
  $get(): never;
  $set(value: unknown): View;
  readonly [name: string]: unknown;
}

/** A class as generated code has it. */
export interface ViewClass {
  readonly SIZE: number;
  from(bytes: Uint8Array, off?: number, littleEndian?: boolean): View;
}

/** Runs generated code. @returns what it exports */
export function run(text: string): Readonly<Record<string, ViewClass>> {
  const { outputText } = ts.transpileModule(text, { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 } });
  const exports: Record<string, ViewClass> = {};
  new Function('exports', outputText)(exports);
  return exports;
}

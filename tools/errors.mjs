// Which error codes can rootlet throw, and are they all in docs/errors.md?
//
//   node tools/errors.mjs            compares docs/errors.md with the sources
//   node tools/errors.mjs --write    writes the tables anew
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { readJson, listFiles, listPackages, ROOT } from './lib/workspace.mjs';

const FILE = join(ROOT, 'docs/errors.md');
const BEGIN = '<!-- errors: written by tools/errors.mjs --write from the sources -->';
const END = '<!-- errors: end -->';
const CODE = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/;

/** For codes whose problem is worded elsewhere, by the kernel or a table. */
const WORDS = {
  CORE_BTF: "a type of the object or the target has no size, or does not end; the cause says which",
  CORE_INSN: 'not an instruction to relocate, or not what the compiler should have written',
  ELF_CLASS: 'not a 64-bit object',
  ELF_VERSION: 'unknown version',
  KCONFIG: 'not set, or its value does not fit the variable',
  MAP_CREATE: 'the kernel refuses the map; `errno` says why',
  MAP_INIT: "the kernel refuses the map's first values; `errno` says why",
  RELOC_TARGET: 'no map begins there',
};

const floors = readJson('tools/floors.json').floors.flat();
const packages = listPackages().sort((a, b) => floors.indexOf(a.dir) - floors.indexOf(b.dir));
const sources = packages.flatMap((pkg) =>
  listFiles(join(pkg.path, 'src'), (name) => name.endsWith('.ts')).map((path) => ({ pkg, source: ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true) })),
);
const wrappers = findWrappers();
const found = findThrows();

const tables = drawTables();
const text = readFileSync(FILE, 'utf8');
const from = text.indexOf(BEGIN);
const to = text.indexOf(END);
if (from === -1 || to < from) fail('docs/errors.md: the markers are missing');
const next = `${text.slice(0, from)}${BEGIN}\n${tables}${text.slice(to)}`;
const count = [...found.values()].reduce((sum, codes) => sum + codes.size, 0);
if (next !== text && !process.argv.includes('--write')) {
  const missing = [...found.values()].flatMap((codes) => [...codes.keys()]).filter((code) => !text.includes(`\`${code}\``));
  fail(`docs/errors.md is stale${missing.length > 0 ? ` (missing: ${[...new Set(missing)].join(', ')})` : ''}: run node tools/errors.mjs --write`);
}
if (next !== text) writeFileSync(FILE, next);
console.log(`errors: ${count} codes in docs/errors.md`);

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Functions that take the code as a parameter named `code` and throw with it: name → index of that parameter, and of `problem`. */
function findWrappers() {
  const byName = new Map();
  for (const { source } of sources) {
    visit(source, (node) => {
      if (!ts.isFunctionLike(node) || ts.isConstructorDeclaration(node)) return;
      const index = node.parameters.findIndex((parameter) => parameter.name.getText() === 'code' && (parameter.type === undefined || /string|'/.test(parameter.type.getText())));
      const name = node.name?.getText() ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : undefined);
      if (index === -1 || name === undefined) return;
      byName.set(name, { code: index, problem: node.parameters.findIndex((parameter) => ['problem', 'message'].includes(parameter.name.getText())) });
    });
  }
  return byName;
}

/** @returns {Map<string, Map<string, Set<string>>>} package folder → code → what is wrong, as the source words it */
function findThrows() {
  const byPackage = new Map(packages.map((pkg) => [pkg.dir, new Map()]));
  for (const { pkg, source } of sources) {
    const add = (code, problem) => {
      const literals = code === undefined ? [] : codesOf(code);
      for (const literal of literals) {
        const codes = byPackage.get(pkg.dir);
        if (!codes.has(literal)) codes.set(literal, new Set());
        for (const words of problem === undefined ? [] : wordsOf(problem)) codes.get(literal).add(words);
      }
    };
    visit(source, (node) => {
      if (ts.isNewExpression(node) && node.expression.getText().endsWith('Error')) {
        const [first, second, third] = node.arguments ?? [];
        add(first, third ?? second);
      } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.SuperKeyword) {
        // super('LoadError', 'CODE', what, message)
        if (node.arguments.length > 2 && ts.isStringLiteralLike(node.arguments[0]) && node.arguments[0].text.endsWith('Error')) add(node.arguments[1], node.arguments[3]);
      } else if (ts.isCallExpression(node)) {
        const name = ts.isPropertyAccessExpression(node.expression) ? node.expression.name.text : node.expression.getText();
        const at = wrappers.get(name);
        if (at !== undefined) add(node.arguments[at.code], node.arguments[at.problem]);
      }
    });
  }
  return byPackage;
}

function codesOf(node) {
  if (ts.isStringLiteralLike(node)) return CODE.test(node.text) ? [node.text] : [];
  if (ts.isConditionalExpression(node)) return [...codesOf(node.whenTrue), ...codesOf(node.whenFalse)];
  return [];
}

function wordsOf(node) {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isConditionalExpression(node)) return [...wordsOf(node.whenTrue), ...wordsOf(node.whenFalse)];
  if (ts.isTemplateExpression(node)) return [node.head.text + node.templateSpans.map((span) => `…${span.literal.text}`).join('')];
  if (ts.isParenthesizedExpression(node)) return wordsOf(node.expression);
  if (ts.isBinaryExpression(node)) {
    const [left, right] = [wordsOf(node.left), wordsOf(node.right)];
    if (node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return [...left, ...right];
    return (left.length > 0 ? left : ['…']).flatMap((before) => (right.length > 0 ? right : ['…']).map((after) => before + after));
  }
  if (ts.isIdentifier(node)) return wordsOfConstant(node);
  return [];
}

/** A constant of the same block or an outer one, where its words can be read off. */
function wordsOfConstant(node) {
  for (let scope = node.parent; scope !== undefined; scope = scope.parent) {
    const statements = scope.statements ?? [];
    for (const statement of statements) {
      if (!ts.isVariableStatement(statement)) continue;
      const found = statement.declarationList.declarations.find((declaration) => declaration.name.getText() === node.text);
      if (found?.initializer !== undefined && !ts.isIdentifier(found.initializer)) return wordsOf(found.initializer);
    }
  }
  return [];
}

function drawTables() {
  const lines = [];
  for (const pkg of packages) {
    const codes = found.get(pkg.dir);
    if (codes.size === 0) continue;
    lines.push('', `### ${pkg.name}`, '', '| code | what is wrong |', '|---|---|');
    for (const code of [...codes.keys()].sort()) {
      const words = [...codes.get(code)].filter((text) => text.replace(/…/g, '').trim() !== '').map((text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' '));
      if (words.length === 0 && WORDS[code] !== undefined) words.push(WORDS[code]);
      lines.push(`| \`${code}\` | ${words.join('; ') || '–'} |`);
    }
  }
  return `${lines.join('\n')}\n\n`;
}

function visit(node, see) {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

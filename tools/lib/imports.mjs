// What does a TypeScript file import, and which globals of Node does it use?
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import ts from 'typescript';

/** Globals that exist in Node and not in a browser. */
export const NODE_GLOBALS = ['Buffer', 'process', 'global', 'require', 'module', '__dirname', '__filename', 'setImmediate', 'clearImmediate'];

/**
 * @typedef {object} FileFacts
 * @property {{ id: string, line: number, typeOnly: boolean }[]} imports every import, export-from, dynamic import and `import()` type
 * @property {{ name: string, line: number }[]} nodeGlobals
 */

/** @returns {FileFacts} */
export function readFacts(path) {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const lineOf = (node) => source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  const imports = [];
  const nodeGlobals = [];
  const add = (specifier, typeOnly) => imports.push({ id: specifier.text, line: lineOf(specifier), typeOnly });
  const declared = declaredNames(source);
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnlyImport(node));
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword && ts.isStringLiteralLike(node.arguments[0])) add(node.arguments[0], false);
    else if (ts.isIdentifier(node) && NODE_GLOBALS.includes(node.text) && !declared.has(node.text) && isValueUse(node)) nodeGlobals.push({ name: node.text, line: lineOf(node) });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { imports, nodeGlobals };
}

/** Names that the file itself gives to something, anywhere: `global` and `module` are words, too. */
function declaredNames(source) {
  const names = new Set();
  const visit = (node) => {
    if ((ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node) || ts.isFunctionDeclaration(node) || ts.isImportSpecifier(node)) && node.name && ts.isIdentifier(node.name)) names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

function isTypeOnlyImport(node) {
  const clause = node.importClause;
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  const named = clause.namedBindings;
  return clause.name === undefined && named !== undefined && ts.isNamedImports(named) && named.elements.every((element) => element.isTypeOnly);
}

/** Whether an identifier stands for a value, and is neither a property's name nor the name of something declared here. */
function isValueUse(node) {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node || isGlobalThis(parent.expression);
  if (ts.isTypeNode(parent) || ts.isQualifiedName(parent)) return true;
  if ('name' in parent && parent.name === node) return false;
  if ('propertyName' in parent && parent.propertyName === node) return false;
  return true;
}

function isGlobalThis(node) {
  return ts.isIdentifier(node) && node.text === 'globalThis';
}

/** Whether a specifier names a module of Node itself. */
export function isNodeModule(id) {
  return isBuiltin(id);
}

/** Package part of a bare specifier: `@a/b/c` → `@a/b`. */
export function packageOf(id) {
  return id.split('/').slice(0, id.startsWith('@') ? 2 : 1).join('/');
}

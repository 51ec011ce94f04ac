// Which manners of the house can a machine check?

/** Every source file begins with a comment that says which question it answers. */
const firstLineComment = {
  meta: { type: 'suggestion', schema: [], messages: { missing: 'the first line must be a comment with the question this file answers' } },
  create(context) {
    return {
      Program(node) {
        const first = context.sourceCode.getAllComments()[0];
        if (first === undefined || first.loc.start.line !== 1) context.report({ node, loc: { line: 1, column: 0 }, messageId: 'missing' });
      },
    };
  },
};

/** Files that are lists of names, with nothing private in them: passing them on whole hides nothing. */
const LISTS_OF_NAMES = /(^|\/)(generated\/.*|kinds|opcodes)\.ts$/;

/** index.ts only passes on, name by name: what a package offers can be read there. */
const namedReExportsOnly = {
  meta: { type: 'suggestion', schema: [], messages: { other: 'index.ts has named re-exports only' } },
  create(context) {
    return {
      Program(program) {
        for (const node of program.body) {
          const isReExport = node.type === 'ExportNamedDeclaration' && node.declaration === null && (node.source !== null || node.specifiers.length === 0);
          const isList = node.type === 'ExportAllDeclaration' && (node.exportKind === 'type' || LISTS_OF_NAMES.test(node.source.value));
          if (!isReExport && !isList) context.report({ node, messageId: 'other' });
        }
      },
    };
  },
};

/** Files of a package import each other with the extension, so that they run without a build. */
const tsExtension = {
  meta: { type: 'suggestion', schema: [], messages: { missing: 'write the extension: {{id}}.ts' } },
  create(context) {
    const check = (node) => {
      const id = node.source?.value;
      if (typeof id === 'string' && id.startsWith('.') && !/\.(ts|mts|mjs|js|json)$/.test(id)) context.report({ node: node.source, messageId: 'missing', data: { id } });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ImportExpression: check };
  },
};

export default { meta: { name: 'house' }, rules: { 'first-line-comment': firstLineComment, 'named-re-exports-only': namedReExportsOnly, 'ts-extension': tsExtension } };

// What does the module of a skeleton look like?
import { BPF_MAP_TYPE_LRU_PERCPU_HASH, BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, BPF_MAP_TYPE_PERCPU_HASH, mapTypeStr } from '@rootlet/uapi';
import type { LayoutKind, SkeletonLayout } from './layout.ts';
import type { SkeletonMap, SkeletonModel, SkeletonSection } from './model.ts';
import { commentText, propertyName, quote, Scope } from './names.ts';

/** What is written. */
export interface SkeletonModule {
  /** Of the object, and of what is exported unless a type has it. */
  readonly name: string;
  readonly sub: boolean;
  readonly model: SkeletonModel;
  readonly layout: SkeletonLayout;
  /** Map → bytes of its records. */
  readonly records: ReadonlyMap<string, number>;
  /** The object, for modules that hold it. */
  readonly object: Uint8Array | undefined;
}

const PER_CPU: readonly number[] = [BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_LRU_PERCPU_HASH, BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE];
const LINE = 120;
/** Names of the language that a constant cannot have, or should not. */
const RESERVED: readonly string[] = (
  'abstract any arguments as asserts async await bigint boolean break case catch class const constructor continue debugger declare default delete do ' +
  'else enum eval export exports extends false finally for from function get global globalThis if implements import in infer instanceof interface ' +
  'intrinsic is keyof let module namespace never new null number object of out override package private protected public readonly require return ' +
  'satisfies set static string super switch symbol this throw true try type typeof undefined unique unknown using var void while with yield ' +
  'Array BigInt DataView Error Infinity Math NaN Number Object Partial Promise RangeError String Symbol TextDecoder TextEncoder Uint8Array'
).split(' ');

/** The whole module. The same object under the same name gives the same text. */
export function moduleText(module: SkeletonModule): string {
  const { name, sub, layout } = module;
  const types = layout.text.slice(layout.text.indexOf('\n\n') + 2);
  const declared = [...types.matchAll(/^(?:export )?(?:abstract )?(?:class|interface|const|type|function) (\w+)/gm)].map((match) => match[1] ?? '');
  const taken = [...declared, ...RESERVED];
  const scope = new Scope(taken);
  const library = scope.take('libbpf');
  const own = scope.take(taken.includes(name) || name === library ? `${name}_skel` : name);
  const kind = sub ? 'Subskeleton' : 'Skeleton';
  const parameters = sub || module.object !== undefined ? own : `${own}, [options: ${library}.SkeletonOptions & { readonly object: ${library}.ObjectSource }]`;
  return `// Generated from the object ${quote(commentText(name))} by rootlet gen ${kind.toLowerCase()}. Do not edit.
import * as ${library} from '@rootlet/libbpf';

${types}
/** The object ${commentText(name)}${sub ? ', as a part of another one' : ''}. */
export interface ${own} extends ${library}.${kind} {
${members(module, library).join('\n')}
}

export const ${own}: ${library}.${kind}Type<${parameters}> = ${library}.define${kind}({
${definition(module).join('\n')}
});
`;
}

/** Members of the interface. */
function members({ sub, model, layout, records }: SkeletonModule, library: string): string[] {
  const { maps, progs, functions, tables, sections } = model;
  const program = `${library}.BpfProgram`;
  const linked = [...new Set([...progs, ...tables].map(({ name }) => name))];
  return [
    ...group('maps', maps, (map) => [comment(mapDoc(map)), `readonly ${propertyName(map.name)}: ${mapType(map, layout, records, library)};`]),
    ...group('progs', progs, ({ name, sectionName }) => [comment(`SEC("${sectionName}")`), `readonly ${propertyName(name)}: ${program};`]),
    ...(sub ? [] : group('functions', functions, ({ name }) => [`readonly ${propertyName(name)}: ${program};`])),
    ...(sub ? [] : group('links', linked, (name) => [`${propertyName(name)}: ${library}.BpfLink | undefined;`])),
    ...group('structOps', tables, (table) => {
      const ops = `${library}.StructOpsFunctions<${table.functions.map(quote).join(' | ') || 'never'}>`;
      const data = `ops of ${table.name}`;
      return [comment(`struct ${table.structName}`), `readonly ${propertyName(table.name)}: ${layout.members.has(data) ? `${viewType(layout, data)} & ` : ''}${ops};`];
    }),
    ...sections.flatMap((section) => group(section.name, typedVars(section, layout), ({ name }) => variable(section, name, layout))),
  ];
}

function group<T>(name: string, items: readonly T[], lines: (item: T) => readonly string[]): string[] {
  if (items.length === 0) return [];
  return [`  readonly ${propertyName(name)}: {`, ...items.flatMap(lines).map((line) => `    ${line}`), '  };'];
}

function comment(text: string): string {
  return `/** ${commentText(text)} */`;
}

function mapDoc({ key, spec }: SkeletonMap): string {
  if (spec.internal) return `variables of ${key}`;
  const type = mapTypeStr(spec.type) ?? `type ${spec.type}`;
  return spec.maxEntries > 1 ? `${type}, max_entries ${spec.maxEntries}` : type;
}

function viewType({ name }: SkeletonLayout, member: string): string {
  return `${name}[${quote(member)}]`;
}

function valueType({ name }: SkeletonLayout, member: string): string {
  return `${name}_value[${quote(member)}]`;
}

function mapType({ name, spec }: SkeletonMap, layout: SkeletonLayout, records: ReadonlyMap<string, number>, library: string): string {
  const part = (member: string, size: number): string => {
    if (layout.members.has(member)) return valueType(layout, member);
    return size === 0 ? 'undefined' : 'Uint8Array';
  };
  const value = part(`value of ${name}`, spec.valueSize);
  const types = [part(`key of ${name}`, spec.keySize), PER_CPU.includes(spec.type) ? `readonly (${value})[]` : value];
  const record = `record of ${name}`;
  if (records.has(name) && layout.members.has(record)) types.push(valueType(layout, record));
  return `${library}.TypedMap<${types.join(', ')}>`;
}

/** Variables whose types TypeScript can read. */
function typedVars({ name, vars }: SkeletonSection, layout: SkeletonLayout): readonly { readonly name: string }[] {
  return vars.filter((one) => layout.members.has(`${name}.${one.name}`));
}

/** A number is read and set. A struct or array is reached in place, or set as a whole. */
function variable(section: SkeletonSection, name: string, layout: SkeletonLayout): readonly string[] {
  const member = `${section.name}.${name}`;
  const kind: LayoutKind | undefined = layout.members.get(member);
  const property = propertyName(name);
  const type = viewType(layout, member);
  if (section.constant) return [`readonly ${property}: ${type};`];
  if (kind === 'scalar') return [`${property}: ${type};`];
  const value = kind === 'struct' ? `Partial<${valueType(layout, member)}>` : valueType(layout, member);
  return [`get ${property}(): ${type};`, `set ${property}(value: ${value});`];
}

/** Properties of what the run time is given. */
function definition({ name, sub, model, layout, records, object }: SkeletonModule): string[] {
  const { maps, progs, functions, tables, sections } = model;
  const lines = [`  name: ${quote(name)},`, `  layout: ${layout.name},`];
  const put = (property: string, entries: readonly string[], [open, close]: string): void => {
    if (entries.length > 0) lines.push(`  ${property}: ${open}`, ...entries.map((entry) => `    ${entry},`), `  ${close},`);
  };
  const names = (list: readonly string[]): string => `[${list.map(quote).join(', ')}]`;
  put('maps', maps.map((map) => `${propertyName(map.name)}: ${quote(map.key)}`), '{}');
  put('progs', progs.map((prog) => quote(prog.name)), '[]');
  if (!sub) put('functions', functions.map((prog) => quote(prog.name)), '[]');
  put('structOps', tables.map((table) => `${propertyName(table.name)}: ${names(table.functions)}`), '{}');
  put('records', [...records].map(([map, size]) => `${propertyName(map)}: ${size}`), '{}');
  const vars = sections.map((section) => [section.name, typedVars(section, layout).map((one) => one.name)] as const).filter(([, list]) => list.length > 0);
  put('vars', vars.map(([section, list]) => `${propertyName(section)}: ${names(list)}`), '{}');
  if (object !== undefined) lines.push('  object: `', ...wrap(Buffer.from(object).toString('base64')), '`,');
  return lines;
}

function wrap(text: string): string[] {
  return Array.from({ length: Math.ceil(text.length / LINE) }, (_, idx) => text.slice(idx * LINE, (idx + 1) * LINE));
}

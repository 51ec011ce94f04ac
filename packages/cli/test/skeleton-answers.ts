// Which lists does the header of `bpftool gen skeleton` have, and which ones a skeleton of ours?
import { parseObject } from '@rootlet/loader';
import { modelOf } from '../src/skeleton/model.ts';

/** What both have, in order. */
export interface SkeletonLists {
  readonly maps: readonly string[];
  readonly progs: readonly string[];
  readonly links: readonly string[];
  /** Table → functions. */
  readonly structOps: Readonly<Record<string, readonly string[]>>;
  /** Section → variables, with their sizes in bytes. */
  readonly vars: Readonly<Record<string, readonly (readonly [name: string, size: number])[]>>;
}

/** What bpftool says of an object. */
export interface SkeletonAnswer {
  /** In docs/examples. */
  readonly file: string;
  /** Undefined where bpftool cannot open the object, or writes the same name twice, which no C compiler takes. */
  readonly lists?: SkeletonLists;
}

/** Reads a header. @param name that the skeleton was given */
export function listsOfHeader(header: string, name: string): SkeletonLists {
  const lists = { maps: [] as string[], progs: [] as string[], links: [] as string[], structOps: {} as Record<string, string[]>, vars: {} as Record<string, (readonly [string, number])[]> };
  const sizes = new Map([...header.matchAll(/sizeof\(s->(\w+->\w+)\) == (\d+)/g)].map((match) => [match[1] ?? '', Number(match[2])]));
  const start = header.indexOf(`struct ${name} {\n`);
  const lines = header.slice(start, header.indexOf('\n};\n', start)).split('#ifdef')[0]?.split('\n').slice(1) ?? [];
  // A group is a struct without a name; its members come first, its own name last.
  let open: string[] = [];
  let table: string[] = [];
  let tables: [string, string[]][] = [];
  for (const line of lines) {
    const text = line.trim();
    const closing = /^\} \*?(\w+);$/.exec(text)?.[1];
    if (line.startsWith('\t\t}') && closing !== undefined) tables.push([closing, table]);
    else if (/^\t\tstruct \w+ \{$/.test(line)) table = [];
    else if (line.startsWith('\t\t\t')) table.push(...functionOf(text));
    else if (/^\tstruct (\w+ )?\{$/.test(line)) [open, tables] = [[], []];
    else if (line.startsWith('\t\t')) open.push(declared(text));
    else if (line.startsWith('\t}') && closing !== undefined) {
      if (closing === 'struct_ops') lists.structOps = Object.fromEntries(tables);
      else if (closing === 'maps' || closing === 'progs' || closing === 'links') lists[closing] = open;
      else lists.vars[closing] = open.filter((one) => !/^__pad\d+$/.test(one)).map((one) => [one, sizes.get(`${closing}->${one}`) ?? 0] as const);
    }
  }
  return lists;
}

/** Name of a declaration: `char name[8];`, `struct bpf_map *events;` */
function declared(text: string): string {
  return /(\w+)(?:\[[^;)]*)?;$/.exec(text)?.[1] ?? text;
}

function functionOf(text: string): string[] {
  const name = /^struct bpf_program \*(\w+);$/.exec(text)?.[1];
  return name === undefined ? [] : [name];
}

/** The lists of ours. @throws DecodeError where it cannot be opened */
export function listsOfObject(bytes: Uint8Array): SkeletonLists {
  const spec = parseObject(bytes, { name: 'skel' });
  const model = modelOf(spec);
  // Functions without a section are programs here, where their context tells of which type; not so in libbpf.
  const progs = model.progs.filter(({ sectionName }) => sectionName !== '.text');
  const sizeOf = (typeId: number): number => spec.btf?.resolveSize(typeId) ?? 0;
  return {
    maps: model.maps.map(({ name }) => name),
    progs: progs.map(({ name }) => name),
    links: [...progs, ...model.tables].map(({ name }) => name),
    structOps: Object.fromEntries(model.tables.map((table) => [table.name, table.functions])),
    vars: Object.fromEntries(model.sections.map(({ name, vars }) => [name, vars.map((one) => [one.name, sizeOf(one.typeId)] as const)])),
  };
}

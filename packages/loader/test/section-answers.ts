// Does rootlet say of a section name what libbpf says?
import { ElfWriter, SHF_ALLOC, SHF_EXECINSTR, STB_GLOBAL, STT_FUNC } from '@rootlet/elf';
import { findAttachTypeByName, findProgTypeByName, findSectionDef, parseObject } from '../src/index.ts';

/** What libbpf answered; recorded by tools/sections-diff.mjs. */
export interface SectionAnswer {
  readonly name: string;
  /** `libbpf_prog_type_by_name`: type and expected attach type, or a negative errno. */
  readonly prog: readonly [number, number] | number;
  /** `libbpf_attach_type_by_name`: attach type, or a negative errno. */
  readonly attach: readonly [number] | number;
  /** Of an object with such a section. */
  readonly section: string;
  readonly type: number;
  readonly attachType: number;
  readonly autoload: 0 | 1;
  /** Load flags; absent where libbpf did not come so far. */
  readonly flags?: number;
  /** Whether `bpf_program__attach` knows how; absent where it was not loaded. */
  readonly autoAttach?: boolean;
}

/** `r0 = 0; exit` */
const BODY = Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);

/** An object whose only program stands in a section of this name. */
export function sectionObject(name: string): Uint8Array {
  const writer = new ElfWriter({ littleEndian: true });
  const code = writer.addSection({ name, flags: SHF_ALLOC | SHF_EXECINSTR, data: BODY, addrAlign: 8 });
  writer.addSection({ name: 'license', flags: SHF_ALLOC, data: new TextEncoder().encode('GPL\0') });
  writer.addSymbol({ name: 'prog', size: BODY.length, type: STT_FUNC, binding: STB_GLOBAL, sectionIdx: code });
  return writer.finish();
}

/** Differences in words, one for each answer that is not libbpf's. */
export function compareSection(answer: SectionAnswer): string[] {
  const problems: string[] = [];
  const compare = (what: string, ours: unknown, theirs: unknown): void => {
    const [left, right] = [JSON.stringify(ours), JSON.stringify(theirs)];
    if (left !== right) problems.push(`'${answer.name}': ${what}: rootlet ${left}, libbpf ${right}`);
  };
  const byName = findProgTypeByName(answer.name);
  compare('program type by name', byName === undefined ? undefined : [byName.type, byName.expectedAttachType], known(answer.prog));
  const attachType = findAttachTypeByName(answer.name);
  compare('attach type by name', attachType === undefined ? undefined : [attachType], known(answer.attach));
  const program = parseObject(sectionObject(answer.name)).programs[0];
  compare('section', program?.sectionName, answer.section);
  compare('type', program?.type, answer.type);
  compare('expected attach type', program?.expectedAttachType, answer.attachType);
  compare('autoload', Number(program?.autoload), answer.autoload);
  if (answer.flags !== undefined) compare('load flags', program?.flags, answer.flags);
  if (answer.autoAttach !== undefined) compare('auto-attach', findSectionDef(answer.section)?.autoAttach ?? false, answer.autoAttach);
  return problems;
}

function known<T>(answer: T | number): T | undefined {
  return typeof answer === 'number' ? undefined : answer;
}

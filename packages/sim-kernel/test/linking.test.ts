// Are functions bound to and replaced in each other as LINKING.md says?
import { describe, expect, it } from '@jest/globals';
import { BTF_FUNC_EXTERN, BTF_FUNC_GLOBAL, BTF_FUNC_STATIC, BTF_INT_SIGNED, BtfBuilder } from '@rootlet/btf';
import * as uapi from '@rootlet/uapi';
import type { SimKernel, Verifier } from '../src/index.ts';
import { acceptAll, credulousKernel, errorOf, progAttr, program } from './support.ts';

type Slot = [number, number?, number?, number?, number?];

const NOTHING = { fds: 0, progs: 0, maps: 0, btfs: 0, links: 0, pins: 0 };
const EXIT: Slot = [0x95];

/** `r0 = value; exit` */
function returns(value: number): Slot[] {
  return [[0xb7, 0, 0, 0, value], EXIT];
}

/** One BTF object: `int name(struct xdp_md *ctx)` for each name, with its linkage. */
function btfOf(functions: Record<string, number>): { bytes: Uint8Array; ids: Record<string, number> } {
  const builder = new BtfBuilder();
  const int = builder.addInt('int', 4, BTF_INT_SIGNED);
  const ctx = builder.addPtr(builder.addFwd('xdp_md'));
  const proto = builder.addFuncProto(int, [{ name: 'ctx', type: ctx }]);
  const other = builder.addFuncProto(int, [
    { name: 'ctx', type: ctx },
    { name: 'var', type: int },
  ]);
  const ids: Record<string, number> = {};
  for (const [name, linkage] of Object.entries(functions)) {
    ids[name] = builder.addFunc(name, name.startsWith('two_') ? other : proto, linkage);
  }
  return { bytes: builder.encode(), ids };
}

/** A program whose first function is `name`; `call name` stands for a call of an extern, by its own BTF id. */
class Unit {
  readonly kernel: SimKernel;
  readonly btfFd: number;
  readonly ids: Record<string, number>;

  constructor(kernel: SimKernel, functions: Record<string, number>) {
    const { bytes, ids } = btfOf(functions);
    this.kernel = kernel;
    this.btfFd = kernel.btfLoad(bytes);
    this.ids = ids;
  }

  id(name: string): number {
    return this.ids[name] as number;
  }

  load(name: string, code: Slot[], fields: { library?: boolean; type?: number; more?: [string, number][]; fdArray?: number[] } = {}): number {
    const { library = false, type = uapi.BPF_PROG_TYPE_XDP, more = [], fdArray } = fields;
    return this.kernel.progLoad(
      progAttr(program(...code), {
        name,
        library,
        type,
        btfFd: this.btfFd,
        funcInfo: [{ insnIdx: 0, typeId: this.id(name) }, ...more.map(([func, insnIdx]) => ({ insnIdx, typeId: this.id(func) }))],
        ...(fdArray === undefined ? {} : { fdArray }),
      }),
    ).fd;
  }

  /** A pending call. */
  call(name: string): Slot {
    return [0x85, 0, 3, -1, this.id(name)];
  }

  bind(progFd: number, extern: string, providerFd: number, providerBtfId: number): void {
    this.kernel.progBind({ progFd, externBtfId: this.id(extern), providerFd, providerBtfId });
  }
}

/** main calls helper, which waits to be bound; helper returns 40. */
function mainAndHelper(kernel: SimKernel = credulousKernel()): { kernel: SimKernel; main: Unit; mainFd: number; helper: Unit; helperFd: number } {
  const main = new Unit(kernel, { main: BTF_FUNC_GLOBAL, helper: BTF_FUNC_EXTERN });
  const mainFd = main.load('main', [main.call('helper'), [0x07, 0, 0, 0, 2], EXIT]);
  const helper = new Unit(kernel, { helper: BTF_FUNC_GLOBAL, two_args: BTF_FUNC_GLOBAL, hidden: BTF_FUNC_STATIC });
  const helperFd = helper.load('helper', returns(40), { library: true });
  return { kernel, main, mainFd, helper, helperFd };
}

describe('bind', () => {
  it('lets a loaded program run once its calls are bound', () => {
    const { kernel, main, mainFd, helper, helperFd } = mainAndHelper();
    expect(kernel.info(mainFd)).toMatchObject({ unbound: ['helper'] });
    expect(errorOf(() => kernel.progTestRun(mainFd, {}))).toMatchObject({ code: 'ENOEXEC', message: expect.stringContaining("'helper'") });
    expect(errorOf(() => kernel.linkCreate({ progFd: mainFd, attachType: uapi.BPF_XDP, targetIfindex: 1 })).code).toBe('ENOEXEC');
    main.bind(mainFd, 'helper', helperFd, helper.id('helper'));
    expect(kernel.info(mainFd)).toMatchObject({ unbound: [] });
    expect(kernel.progTestRun(mainFd, {}).retval).toBe(42);
  });

  it('holds the provider, never the reverse', () => {
    const { kernel, main, mainFd, helper, helperFd } = mainAndHelper();
    main.bind(mainFd, 'helper', helperFd, helper.id('helper'));
    for (const fd of [helperFd, main.btfFd, helper.btfFd]) kernel.close(fd);
    expect(kernel.progTestRun(mainFd, {}).retval).toBe(42);
    expect(kernel.counts()).toMatchObject({ progs: 2, btfs: 2, fds: 1 });
    kernel.close(mainFd);
    expect(kernel.counts()).toEqual(NOTHING);
  });

  it('can be changed, and taken back', () => {
    const { kernel, main, mainFd, helper, helperFd } = mainAndHelper();
    const other = helper.load('helper', returns(50), { library: true });
    main.bind(mainFd, 'helper', helperFd, helper.id('helper'));
    main.bind(mainFd, 'helper', other, helper.id('helper'));
    kernel.close(helperFd);
    expect(kernel.counts().progs).toBe(2);
    expect(kernel.progTestRun(mainFd, {}).retval).toBe(52);
    main.bind(mainFd, 'helper', -1, 0);
    expect(errorOf(() => kernel.progTestRun(mainFd, {})).code).toBe('ENOEXEC');
    kernel.close(other);
    expect(kernel.counts().progs).toBe(1);
  });

  it('refuses what is not there, private, or different', () => {
    const { main, mainFd, helper, helperFd } = mainAndHelper();
    const bind = (externBtfId: number, providerFd: number, providerBtfId: number): string =>
      errorOf(() => main.kernel.progBind({ progFd: mainFd, externBtfId, providerFd, providerBtfId })).code;
    const wanted = main.id('helper');
    expect(bind(main.id('main'), helperFd, helper.id('helper'))).toBe('ENOENT');
    expect(bind(wanted, helperFd, 1)).toBe('ENOENT');
    expect(bind(wanted, 99, helper.id('helper'))).toBe('EBADF');
    const two = helper.load('two_args', returns(1), { library: true });
    expect(bind(wanted, two, helper.id('two_args'))).toBe('EINVAL');
    const withStatic = helper.load('helper', [[0x85, 0, 1, 0, 1], EXIT, ...returns(1)], { library: true, more: [['hidden', 2]] });
    expect(bind(wanted, withStatic, helper.id('hidden'))).toBe('EINVAL');
    const error = errorOf(() => main.bind(mainFd, 'helper', two, helper.id('two_args')));
    expect(error.message).toContain('int helper(struct xdp_md *ctx)');
    expect(error.message).toContain('int two_args(struct xdp_md *ctx, int var)');
  });

  it('refuses programs of another type, also through units that name none', () => {
    const { kernel, helper, helperFd } = mainAndHelper();
    const middle = new Unit(kernel, { middle: BTF_FUNC_GLOBAL, helper: BTF_FUNC_EXTERN });
    const middleFd = middle.load('middle', [middle.call('helper'), EXIT], { library: true, type: uapi.BPF_PROG_TYPE_UNSPEC });
    const tc = new Unit(kernel, { tc: BTF_FUNC_GLOBAL, middle: BTF_FUNC_EXTERN });
    const tcFd = tc.load('tc', [tc.call('middle'), EXIT], { type: uapi.BPF_PROG_TYPE_SCHED_CLS });
    tc.bind(tcFd, 'middle', middleFd, middle.id('middle'));
    const error = errorOf(() => middle.bind(middleFd, 'helper', helperFd, helper.id('helper')));
    expect(error).toMatchObject({ code: 'EINVAL', message: expect.stringContaining('sched_cls') });
    tc.bind(tcFd, 'middle', -1, 0);
    middle.bind(middleFd, 'helper', helperFd, helper.id('helper'));
    expect(errorOf(() => tc.bind(tcFd, 'middle', middleFd, middle.id('middle'))).code).toBe('EINVAL');
  });

  it('one fd of a library stands for all its functions', () => {
    const { kernel, main, mainFd, helper, helperFd } = mainAndHelper();
    const sibling = new Unit(kernel, { first: BTF_FUNC_GLOBAL, second: BTF_FUNC_GLOBAL });
    const first = sibling.load('first', returns(1), { library: true });
    const second = sibling.load('second', returns(20), { library: true });
    main.bind(mainFd, 'helper', first, sibling.id('second'));
    kernel.close(second);
    expect(kernel.progTestRun(mainFd, {}).retval).toBe(22);
    // A program of another BTF object is no sibling, whatever the numbers.
    expect(errorOf(() => main.bind(mainFd, 'helper', helperFd, helper.id('helper') + 1)).code).toBe('ENOENT');
  });

  it('is also made at load, by index of the fd array', () => {
    const { kernel, helper, helperFd } = mainAndHelper();
    const user = new Unit(kernel, { user: BTF_FUNC_GLOBAL });
    const fd = user.load('user', [[0x85, 0, 3, 0, helper.id('helper')], EXIT], { fdArray: [helperFd] });
    expect(kernel.progTestRun(fd, {}).retval).toBe(40);
    expect(errorOf(() => user.load('user', [[0x85, 0, 3, 1, helper.id('helper')], EXIT], { fdArray: [helperFd] })).code).toBe('EBADF');
    expect(errorOf(() => user.load('user', [[0x85, 0, 3, 0, 1], EXIT], { fdArray: [helperFd] })).code).toBe('ENOENT');
  });
});

describe('composition', () => {
  it('recursion is ELOOP and names the cycle', () => {
    const kernel = credulousKernel();
    const a = new Unit(kernel, { even: BTF_FUNC_GLOBAL, odd: BTF_FUNC_EXTERN });
    const b = new Unit(kernel, { odd: BTF_FUNC_GLOBAL, even: BTF_FUNC_EXTERN });
    const aFd = a.load('even', [a.call('odd'), EXIT], { library: true });
    const bFd = b.load('odd', [b.call('even'), EXIT], { library: true });
    a.bind(aFd, 'odd', bFd, b.id('odd'));
    const error = errorOf(() => b.bind(bFd, 'even', aFd, a.id('even')));
    expect(error).toMatchObject({ code: 'ELOOP', message: expect.stringContaining('odd → even → odd') });
    for (const fd of [aFd, bFd, a.btfFd, b.btfFd]) kernel.close(fd);
    expect(kernel.counts()).toEqual(NOTHING);
  });

  it('programs that would hold each other are ELOOP, without recursion', () => {
    const kernel = credulousKernel();
    const a = new Unit(kernel, { first: BTF_FUNC_GLOBAL, last: BTF_FUNC_GLOBAL, middle: BTF_FUNC_EXTERN });
    const b = new Unit(kernel, { middle: BTF_FUNC_GLOBAL, last: BTF_FUNC_EXTERN });
    const aFd = a.load('first', [a.call('middle'), EXIT, ...returns(1)], { more: [['last', 2]] });
    const bFd = b.load('middle', [b.call('last'), EXIT], { library: true });
    a.bind(aFd, 'middle', bFd, b.id('middle'));
    expect(errorOf(() => b.bind(bFd, 'last', aFd, a.id('last'))).code).toBe('ELOOP');
  });

  it('more than 512 bytes of stack in a chain is refused with the chain, and nothing changes', () => {
    const deep: Verifier = (input, options) => ({
      ...acceptAll(input, options),
      subprograms: [{ insnIdx: 0, name: input.name, stackDepth: 300, btfId: undefined, changesPacketData: false, reached: true, reliable: true, isExceptionCallback: false, calls: [] }],
    });
    const { kernel, main, mainFd, helper, helperFd } = mainAndHelper(credulousKernel({ verify: deep }));
    const error = errorOf(() => main.bind(mainFd, 'helper', helperFd, helper.id('helper')));
    expect(error.message).toContain('combined stack size of 2 calls is 608, too large: main (304 bytes) → helper (304 bytes)');
    expect(kernel.info(mainFd)).toMatchObject({ unbound: ['helper'] });
    kernel.close(helperFd);
    expect(kernel.counts().progs).toBe(1);
  });

  it('more than eight frames are refused', () => {
    const kernel = credulousKernel();
    let provider: { fd: number; id: number } | undefined;
    const load = (level: number): void => {
      const unit = new Unit(kernel, { [`f${level}`]: BTF_FUNC_GLOBAL });
      const code: Slot[] = provider === undefined ? returns(1) : [[0x85, 0, 3, 0, provider.id], EXIT];
      const fd = unit.load(`f${level}`, code, { library: level < 7, fdArray: provider === undefined ? [] : [provider.fd] });
      provider = { fd, id: unit.id(`f${level}`) };
    };
    for (let level = 0; level < 8; level++) load(level);
    expect(kernel.progTestRun(provider?.fd ?? -1, {}).retval).toBe(1);
    expect(errorOf(() => load(8))).toMatchObject({ code: 'E2BIG', message: expect.stringContaining('9 frames') });
    expect(kernel.counts().progs).toBe(8);
  });
});

describe('replace', () => {
  /** main calls its own global function slot, which returns 1; other returns 5. */
  function rootlet(verify: Verifier = acceptAll): { kernel: SimKernel; main: Unit; mainFd: number; other: Unit; otherFd: number } {
    const kernel = credulousKernel({ verify });
    const main = new Unit(kernel, { main: BTF_FUNC_GLOBAL, slot: BTF_FUNC_GLOBAL, priv: BTF_FUNC_STATIC });
    const code: Slot[] = [[0x85, 0, 1, 0, 1], EXIT, ...returns(1), ...returns(3)];
    const mainFd = main.load('main', code, { more: [['slot', 2], ['priv', 4]] });
    const other = new Unit(kernel, { other: BTF_FUNC_GLOBAL, two_args: BTF_FUNC_GLOBAL });
    const otherFd = other.load('other', returns(5));
    return { kernel, main, mainFd, other, otherFd };
  }

  function replace(kernel: SimKernel, progFd: number, targetFd: number, targetBtfId: number): number {
    return kernel.linkCreate({ progFd, attachType: 0, targetFd, targetBtfId });
  }

  it('stands while the link is held, and shows in it', () => {
    const { kernel, main, mainFd, otherFd } = rootlet();
    const link = replace(kernel, otherFd, mainFd, main.id('slot'));
    expect(kernel.progTestRun(mainFd, {}).retval).toBe(5);
    expect(kernel.info(link)).toMatchObject({ type: uapi.BPF_LINK_TYPE_TRACING, progId: 2, targetObjId: 1, targetBtfId: main.id('slot') });
    expect(kernel.info(otherFd)).toMatchObject({ runCount: 1 });
    expect(errorOf(() => replace(kernel, otherFd, mainFd, main.id('slot'))).code).toBe('EBUSY');
    kernel.close(link);
    expect(kernel.progTestRun(mainFd, {}).retval).toBe(1);
  });

  it('the entry function can be replaced too', () => {
    const { kernel, main, mainFd, otherFd } = rootlet();
    const link = replace(kernel, otherFd, mainFd, main.id('main'));
    expect(kernel.progTestRun(mainFd, {}).retval).toBe(5);
    kernel.linkDetach(link);
    expect(kernel.progTestRun(mainFd, {}).retval).toBe(1);
    expect(kernel.info(link)).toMatchObject({ progId: 0 });
  });

  it('a link is updated in one step', () => {
    const { kernel, main, mainFd, other, otherFd } = rootlet();
    const link = replace(kernel, otherFd, mainFd, main.id('slot'));
    const next = other.load('other', returns(6));
    kernel.linkUpdate(link, next);
    kernel.close(otherFd);
    expect(kernel.progTestRun(mainFd, {}).retval).toBe(6);
    const wrong = other.load('two_args', returns(7));
    expect(errorOf(() => kernel.linkUpdate(link, wrong)).code).toBe('EINVAL');
    expect(kernel.progTestRun(mainFd, {}).retval).toBe(6);
    for (const fd of [link, next, wrong, mainFd, main.btfFd, other.btfFd]) kernel.close(fd);
    expect(kernel.counts()).toEqual(NOTHING);
  });

  it('a library function that others call can be replaced', () => {
    const { kernel, main, mainFd, helper, helperFd } = mainAndHelper();
    main.bind(mainFd, 'helper', helperFd, helper.id('helper'));
    const other = new Unit(kernel, { other: BTF_FUNC_GLOBAL });
    const link = replace(kernel, other.load('other', returns(5), { library: true }), helperFd, helper.id('helper'));
    expect(kernel.progTestRun(mainFd, {}).retval).toBe(7);
    kernel.close(link);
    expect(kernel.progTestRun(mainFd, {}).retval).toBe(42);
  });

  it('refuses static functions, other prototypes, other types and unbound replacements', () => {
    const { kernel, main, mainFd, other, otherFd } = rootlet();
    const codeOf = (fd: number, name: string): string => errorOf(() => replace(kernel, fd, mainFd, main.id(name))).code;
    expect(codeOf(otherFd, 'priv')).toBe('EINVAL');
    expect(errorOf(() => replace(kernel, otherFd, mainFd, 1)).code).toBe('ENOENT');
    expect(codeOf(other.load('two_args', returns(1)), 'slot')).toBe('EINVAL');
    expect(codeOf(other.load('other', returns(1), { type: uapi.BPF_PROG_TYPE_SCHED_CLS }), 'slot')).toBe('EINVAL');
    const tracing = other.load('other', returns(0), { type: uapi.BPF_PROG_TYPE_TRACING });
    expect(() => replace(kernel, tracing, mainFd, main.id('slot'))).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    const waiting = new Unit(kernel, { waiting: BTF_FUNC_GLOBAL, helper: BTF_FUNC_EXTERN });
    expect(codeOf(waiting.load('waiting', [waiting.call('helper'), EXIT]), 'slot')).toBe('ENOEXEC');
    expect(kernel.counts().links).toBe(0);
  });

  it('refuses to replace a function by what calls it', () => {
    const { kernel, main, mainFd } = rootlet();
    expect(errorOf(() => replace(kernel, mainFd, mainFd, main.id('slot')))).toMatchObject({ code: 'ELOOP' });
    expect(errorOf(() => replace(kernel, mainFd, mainFd, main.id('main')))).toMatchObject({ code: 'ELOOP' });
  });

  /** Accepts, but not programs whose functions move the packet. */
  const relying: Verifier = (input, options) => ({ ...acceptAll(input, options), verdict: input.globalsMovePacket === true ? 'reject' : 'accept' });

  it('changes packet data where no caller holds on to it', () => {
    const changing: Verifier = (input, options) => ({
      ...acceptAll(input, options),
      subprograms: [{ insnIdx: 0, name: input.name, stackDepth: 0, btfId: undefined, changesPacketData: input.name === 'other', reached: true, reliable: true, isExceptionCallback: false, calls: [] }],
    });
    const { kernel, main, mainFd, otherFd } = rootlet(changing);
    kernel.close(replace(kernel, otherFd, mainFd, main.id('slot')));
  });

  it('refuses to change packet data where callers do not expect it', () => {
    const changing: Verifier = (input, options) => ({
      ...relying(input, options),
      subprograms: [{ insnIdx: 0, name: input.name, stackDepth: 0, btfId: undefined, changesPacketData: input.name === 'other', reached: true, reliable: true, isExceptionCallback: false, calls: [] }],
    });
    const { kernel, main, mainFd, otherFd } = rootlet(changing);
    expect(errorOf(() => replace(kernel, otherFd, mainFd, main.id('slot'))).message).toContain('changes packet data');
  });

  it('refuses a binding through which a replacement would change packet data', () => {
    const changing: Verifier = (input, options) => ({
      ...relying(input, options),
      subprograms: [{ insnIdx: 0, name: input.name, stackDepth: 0, btfId: undefined, changesPacketData: input.name === 'grow', reached: true, reliable: true, isExceptionCallback: false, calls: [] }],
    });
    const { kernel, main, mainFd } = rootlet(changing);
    const helper = new Unit(kernel, { helper: BTF_FUNC_GLOBAL, grow: BTF_FUNC_GLOBAL });
    const keep = helper.load('helper', returns(1), { library: true });
    const grow = helper.load('grow', returns(1), { library: true });
    const other = new Unit(kernel, { other: BTF_FUNC_GLOBAL, helper: BTF_FUNC_EXTERN });
    const otherFd = other.load('other', [other.call('helper'), EXIT]);
    other.bind(otherFd, 'helper', grow, helper.id('grow'));
    expect(errorOf(() => replace(kernel, otherFd, mainFd, main.id('slot'))).message).toContain('changes packet data');
    other.bind(otherFd, 'helper', keep, helper.id('helper'));
    const link = replace(kernel, otherFd, mainFd, main.id('slot'));
    expect(errorOf(() => other.bind(otherFd, 'helper', grow, helper.id('grow'))).code).toBe('EINVAL');
    kernel.close(link);
    other.bind(otherFd, 'helper', grow, helper.id('grow'));
  });

  it('and program arrays exclude each other', () => {
    const { kernel, main, mainFd, otherFd } = rootlet();
    const map = { name: 'array', type: uapi.BPF_MAP_TYPE_PROG_ARRAY, keySize: 4, valueSize: 4, maxEntries: 1, flags: 0 };
    const array = kernel.mapCreate(map);
    const key = new Uint8Array(4);
    const value = new Uint8Array([mainFd, 0, 0, 0]);
    kernel.mapUpdate(array, key, value);
    expect(errorOf(() => replace(kernel, otherFd, mainFd, main.id('slot'))).code).toBe('EBUSY');
    kernel.mapDelete(array, key);
    const link = replace(kernel, otherFd, mainFd, main.id('slot'));
    expect(errorOf(() => kernel.mapUpdate(array, key, value)).code).toBe('EBUSY');
    kernel.close(link);
    kernel.mapUpdate(array, key, value);
  });

  it('takes effect while the target runs, at its next call', () => {
    // The program asks for a random number between two calls of slot; whoever answers replaces the function.
    let during = (): void => {};
    const random = (): number => {
      during();
      return 0;
    };
    const kernel = credulousKernel({ environment: { random } });
    const busy = new Unit(kernel, { busy: BTF_FUNC_GLOBAL, slot: BTF_FUNC_GLOBAL });
    // r6 = slot(); random(); r0 = slot() * 16 + r6
    const code: Slot[] = [
      [0x85, 0, 1, 0, 6],
      [0xbf, 6, 0],
      [0x85, 0, 0, 0, 7],
      [0x85, 0, 1, 0, 3],
      [0x67, 0, 0, 0, 4],
      [0x0f, 0, 6],
      EXIT,
      ...returns(1),
    ];
    const fd = busy.load('busy', code, { more: [['slot', 7]] });
    const other = new Unit(kernel, { other: BTF_FUNC_GLOBAL });
    const otherFd = other.load('other', returns(5));
    let link = -1;
    during = () => {
      link = replace(kernel, otherFd, fd, busy.id('slot'));
    };
    expect(kernel.progTestRun(fd, {}).retval).toBe(0x51);
    during = () => kernel.close(link);
    expect(kernel.progTestRun(fd, {}).retval).toBe(0x15);
  });
});

describe('library functions', () => {
  it('are run and attached by nobody', () => {
    const { kernel, helperFd } = mainAndHelper();
    expect(errorOf(() => kernel.progTestRun(helperFd, {})).code).toBe('EINVAL');
    expect(errorOf(() => kernel.linkCreate({ progFd: helperFd, attachType: uapi.BPF_XDP, targetIfindex: 1 })).code).toBe('EINVAL');
  });
});

// What can be done with a register of any kind, apart from passing it to a function?
//
// Lines in which rA and rB stand for the two registers, `wA` and `wB` for their halves.

const SIZES = ['u8', 'u16', 'u32', 'u64'];
const OFFSETS = [0, 0, 0, 4, 8, 1, 12, 16, 24, 40, -4, -8, 60, 64, 512, 1280];
const IMMEDIATES = [0, 0, 1, 4, 8, -1, -8, 16, 64, 4096, 0x7fffffff];
const COMPARISONS = ['==', '!=', '>', '>=', '<', '<=', 's>', 's<', 's>=', 's<=', '&'];
const OPERATORS = ['+=', '+=', '+=', '-=', '-=', '&=', '|=', '*=', '^=', '<<=', '>>=', 's>>=', '/=', '%=', 's/=', 's%='];

const load = (random, reg) => `r0 = *(${random.pick(SIZES)} *)(${reg} +${random.pick(OFFSETS)})`;
const USES = [
  [8, (random) => [load(random, 'rA')]],
  [3, (random) => [`r0 = *(${random.pick(['s8', 's16', 's32'])} *)(rA +${random.pick(OFFSETS)})`]],
  [5, (random) => [`*(${random.pick(SIZES)} *)(rA +${random.pick(OFFSETS)}) = ${random.pick(['rB', 'r9', '7', '0'])}`]],
  [3, (random) => [`lock *(${random.pick(['u32', 'u64'])} *)(rA +${random.pick([0, 0, 8, 4])}) ${random.pick(['+=', '|=', '&=', '^='])} ${random.pick(['rB', 'r9'])}`]],
  [1, (random) => [`rB = atomic64_fetch_add((u64 *)(rA +${random.pick([0, 8])}), rB)`]],
  [1, (random) => [`rB = atomic64_xchg((u64 *)(rA +${random.pick([0, 8])}), rB)`]],
  [1, (random) => ['r0 = 0', `r0 = atomic64_cmpxchg((u64 *)(rA +${random.pick([0, 8])}), r0, rB)`]],
  [1, (random) => [`r0 = load_acquire((${random.pick(SIZES)} *)(rA +${random.pick([0, 8])}))`]],
  [1, (random) => [`store_release((${random.pick(SIZES)} *)(rA +${random.pick([0, 8])}), r9)`]],
  [6, (random) => ['*(u64 *)(r10 -408) = rA', ...random.pick([['rA = *(u64 *)(r10 -408)', load(random, 'rA')], ['rB = *(u32 *)(r10 -408)'], ['rB = *(u32 *)(r10 -404)', 'if rB > 3 goto out'], ['*(u8 *)(r10 -404) = 0', 'rA = *(u64 *)(r10 -408)'], ['lock *(u64 *)(r10 -408) += r9'], ['rB = *(u64 *)(r10 -408)', 'if rB == 0 goto out', load(random, 'rA')], ['*(u32 *)(r10 -408) = rA'], ['r1 = r10', 'r1 += -408', 'r2 = r10', 'r2 += -64', 'r3 = map[m]', 'call bpf_get_prandom_u32', 'r0 = *(u64 *)(r10 -408)', 'r0 = *(u8 *)(r0 +0)']])]],
  [2, (random) => [`*(u32 *)(r10 -${random.pick([408, 404, 412])}) = rA`, 'r0 = *(u32 *)(r10 -408)']],
  [1, () => ['*(u64 *)(r10 -404) = rA', 'r0 = *(u64 *)(r10 -404)']],
  [6, (random) => [`rA ${random.pick(OPERATORS)} ${random.pick(['rB', 'r9', ...IMMEDIATES])}`, ...(random.chance(50) ? [load(random, 'rA')] : [])]],
  [3, (random) => [`wA ${random.pick(OPERATORS)} ${random.pick(['wB', 'w9', ...IMMEDIATES])}`, ...(random.chance(30) ? [load(random, 'rA')] : [])]],
  [4, (random) => ['rB = r9', `rB &= ${random.pick([7, 8, 63, 255, 65535])}`, `rA ${random.pick(['+=', '+=', '-='])} rB`, load(random, 'rA')]],
  [2, (random) => ['rB = r9', `if rB s> ${random.pick([7, 64, 1000])} goto out`, `if rB s< ${random.pick([-8, 0, 3])} goto out`, 'rA += rB', load(random, 'rA')]],
  [1, () => ['rB = rA', 'rA += rB']],
  [1, () => ['rB += rA', 'r0 = *(u8 *)(rB +0)']],
  [1, () => ['rB -= rA', 'if rB > 8 goto out']],
  [3, (random) => [random.pick(['rA = -rA', 'wA = wB', 'wA = -wA', 'rA = be32 rA', 'rA = le16 rA', 'rA = bswap64 rA', 'rA = (s8)rA', 'rA = (s32)rB', 'wA = (s16)wB', 'wB = wA']), ...(random.chance(40) ? [load(random, 'rA')] : [])]],
  [6, (random) => [`if rA ${random.pick(COMPARISONS)} ${random.pick(['rB', 'r8', 'r9', ...IMMEDIATES])} goto out`, load(random, random.pick(['rA', 'rB']))]],
  [3, (random) => [`if wA ${random.pick(COMPARISONS)} ${random.pick(['wB', 'w9', ...IMMEDIATES])} goto out`, load(random, random.pick(['rA', 'rB']))]],
  [5, (random) => ['if rA == 0 goto out', load(random, random.pick(['rA', 'rB'])), load(random, 'r0')]],
  [3, (random) => ['if rA != 0 goto pc+1', 'rA = r8', load(random, 'rA')]],
  [2, (random) => [random.pick(['rA += 4', 'rA += -4', 'rA += 8', 'rA -= 8']), 'if rA == 0 goto out', load(random, 'rA')]],
  [2, (random) => ['if rA == 0 goto out', `*(u64 *)(rA +${random.pick(OFFSETS)}) = rB`, `rB = *(u64 *)(rA +${random.pick([0, 8])})`]],
  [2, () => ['r0 = rA', 'exit']],
  [1, () => ['r0 = rA', 'r0 &= 1', 'exit']],
  [3, (random) => ['r1 = rA', 'r2 = rB', 'call sub', ...(random.chance(60) ? [load(random, 'r0')] : [])]],
  [2, (random) => ['r1 = rA', 'r2 = r9', 'call sub', 'if r0 == 0 goto out', load(random, 'r0')]],
  [1, () => ['*(u64 *)(r8 +0) = rA']],
  [1, () => ['*(u64 *)(r8 +8) = rA', 'rB = *(u64 *)(r8 +8)', 'r0 = *(u8 *)(rB +0)']],
  [1, () => ['*(u64 *)(r6 +0) = rA']],
  [1, (random) => [`rA = addr_space_cast(rA, ${random.pick(['0, 1', '1, 0'])})`, load(random, 'rA')]],
  [1, () => ['*(u8 *)(r10 -416) = rA', 'r0 = *(u8 *)(r10 -416)']],
  [2, () => ['r0 = *(u64 *)(rA +0)', 'r0 = *(u64 *)(r0 +0)', 'r0 = *(u64 *)(r0 +8)']],
  [1, () => ['r3 = rA', 'r1 = rB', 'rB = rA', 'if r9 == 0 goto pc+1', 'rB = r8', 'r0 = *(u8 *)(rB +0)']],
  [1, () => ['rB = rA', 'if r9 > 7 goto pc+1', 'rB = r9', 'if rB == 0 goto out', 'r0 = *(u8 *)(rA +0)']],
];
/** What a function of the program does with a register it is given; some return it. */
const SUBS = [['r0 = r1'], ['r0 = *(u8 *)(r1 +0)'], ['*(u64 *)(r10 -8) = r1', 'r0 = *(u64 *)(r10 -8)'], ['r0 = 0', 'if r1 == 0 goto pc+1', 'r0 = r1'], ['r0 = 0', '*(u64 *)(r1 +0) = r2'], ['if r2 > 5 goto pc+2', 'r0 = r1', 'exit', 'r0 = 0'], ['r0 = r2'], ['r1 += 4', 'r0 = r1'], ['r6 = r1', 'call bpf_get_prandom_u32', 'if r0 > 5 goto pc+1', 'r0 = r6']];

/** Lines that use registers `a` and `b`. */
export function writeUse(random, a, b) {
  return random.weighted(USES)(random).map((line) => line.replaceAll('rA', `r${a}`).replaceAll('rB', `r${b}`).replaceAll('wA', `w${a}`).replaceAll('wB', `w${b}`).replaceAll('+-', '-'));
}

/** The function `sub`. */
export function writeSub(random) {
  return ['sub:', ...random.pick(SUBS), 'exit'];
}

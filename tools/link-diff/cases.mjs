// Which objects are linked, in which combinations?
//
// One name, `shared`, is mentioned by each of two or three units in one of these roles; every order of roles is a case. Each unit
// has a program of its own whose result tells which definition it got.

/** Roles by letter. */
export const ROLES = {
  S: 'strong definition',
  W: 'weak definition',
  H: 'hidden definition',
  V: 'weak hidden definition',
  L: 'static',
  E: 'extern',
  X: 'weak extern',
  Y: 'hidden extern',
};
export const KINDS = ['func', 'var', 'map'];
/** Units stand in at most as many places. */
export const PLACES = 3;

const QUALIFIERS = { S: '', W: '__weak ', H: '__hidden ', V: '__weak __hidden ', L: 'static ', E: 'extern ', X: 'extern ', Y: 'extern ' };

/** C source of the unit that stands in `place` and mentions a `kind` in `role`. */
export function sourceOf(kind, role, place) {
  const value = 10 * (place + 1);
  const isExtern = role === 'E' || role === 'X' || role === 'Y';
  const weak = role === 'X' ? ' __weak' : role === 'Y' ? ' __hidden' : '';
  const q = QUALIFIERS[role];
  const own = `static __noinline int own(int x) { volatile int y = x; return y + ${place}; }\nint own_${place} = ${value};\n`;
  const bodies = {
    func: () => {
      const decl = isExtern ? `int shared(int x)${weak};` : `${q}__noinline int shared(int x) { volatile int y = x; return y + ${value}; }`;
      const use = role === 'X' ? '(shared ? shared(1) : 7)' : 'shared(1)';
      return { decl, use };
    },
    var: () => {
      const decl = isExtern ? `extern int shared${weak};` : `${role === 'L' ? 'static volatile ' : q}int shared = ${value};`;
      const use = role === 'X' ? '(&shared ? shared : 7)' : 'shared';
      return { decl, use };
    },
    map: () => {
      const decl = `${q}struct {\n  __uint(type, BPF_MAP_TYPE_ARRAY);\n  __uint(max_entries, 2);\n  __type(key, __u32);\n  __type(value, long);\n} shared${weak} SEC(".maps");`;
      return { decl, use: 'touch()' };
    },
  };
  const { decl, use } = bodies[kind]();
  const touch = `static __noinline int touch(void) {
  __u32 key = 1;
  long *value = bpf_map_lookup_elem(&shared, &key);
  if (!value) return 500;
  *value += ${value};
  return *value;
}
`;
  return `#include "rootlet.h"
${decl}
${own}${kind === 'map' ? touch : ''}SEC("xdp") int prog_${place}(struct xdp_md *ctx) { return ${use} + own(own_${place}) * 100; }
LICENSE;
`;
}

/** Name of the object of a unit. */
export function objectName(kind, role, place) {
  return `${kind}_${role}${place}`;
}

/** Every unit there is. */
export function allUnits() {
  const units = [];
  for (const kind of KINDS) for (const role of Object.keys(ROLES)) for (let place = 0; place < PLACES; place++) units.push({ kind, role, place });
  return units;
}

/** Every case: its name, e.g. `func SE`, and the objects in order. */
export function allCases() {
  const cases = [];
  const letters = Object.keys(ROLES);
  for (const kind of KINDS) {
    const add = (roles) => cases.push({ name: `${kind} ${roles.join('')}`, kind, roles, objects: roles.map((role, place) => objectName(kind, role, place)) });
    for (const a of letters) {
      add([a]);
      for (const b of letters) {
        add([a, b]);
        for (const c of letters) add([a, b, c]);
      }
    }
  }
  return cases;
}

/** Builds that are linked in pairs: what compilers, versions and options make differently. */
export const VARIANTS = [
  { name: 'O0', flags: ['-O0', '-mcpu=v3'] },
  { name: 'O1', flags: ['-O1', '-mcpu=v3'] },
  { name: 'Os', flags: ['-Os', '-mcpu=v3'] },
  { name: 'v1', flags: ['-O2', '-mcpu=v1'] },
  { name: 'v2', flags: ['-O2', '-mcpu=v2'] },
  { name: 'v3', flags: ['-O2', '-mcpu=v3'] },
  { name: 'v4', flags: ['-O2', '-mcpu=v4'] },
  { name: 'sections', flags: ['-O2', '-mcpu=v3', '-ffunction-sections', '-fdata-sections'] },
  { name: 'be', flags: ['-O2', '-mcpu=v3'], target: 'bpfeb' },
];
/** Sources that are built in each variant; in packages/reloc/test/fixtures/matrix. */
export const RICH = ['rich_a', 'rich_b'];

/** Cases of the variants: both orders, and each object alone. */
export function variantCases() {
  return VARIANTS.flatMap(({ name }) => {
    const [a, b] = RICH.map((source) => `${source}.${name}`);
    return [[a, b], [b, a], [a], [b]].map((objects) => ({ name: objects.join(' + '), objects }));
  });
}

/** Pairs that are built once, little-endian. */
export const PAIRS = [
  { name: 'ops', ending: 'c' },
  { name: 'strings', ending: 'c' },
  { name: 'comdat', ending: 'cc' },
  { name: 'mutual', ending: 'c' },
  { name: 'license', ending: 'c' },
  { name: 'licenses', ending: 'c' },
  { name: 'core', ending: 'c' },
  { name: 'arenas', ending: 'c' },
];

/** Cases of the pairs, in both orders. */
export function pairCases() {
  return PAIRS.flatMap(({ name }) => {
    const [a, b] = [`${name}_a`, `${name}_b`];
    return [[a, b], [b, a]].map((objects) => ({ name: objects.join(' + '), objects }));
  });
}

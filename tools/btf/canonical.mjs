// Are two BTFs the same but for the numbers of their types?

/**
 * A colour for every type that depends on nothing but what it says and leads to, as text of two 32-bit numbers. Colours of types are
 * told apart round by round, by hashes; this shares no code with dedup, which it is to judge.
 *
 * @returns {string[]} colours, sorted
 */
export function canonicalTypes(btf) {
  const count = btf.typeCount;
  const facts = [];
  const edges = [];
  const texts = new Map();
  const number = (text) => {
    if (!texts.has(text)) texts.set(text, hash([0x5bd1], [...text].map((char) => char.codePointAt(0))));
    return texts.get(text);
  };
  for (let id = 0; id < count; id++) {
    if (id === 0) {
      facts.push([1, 1]);
      edges.push([]);
      continue;
    }
    const type = { ...btf.type(id), id: 0 };
    const refs = [];
    const own = JSON.stringify(type, (key, value) => {
      if (key === 'type' || key === 'returnType' || key === 'indexType') {
        refs.push(value);
        return undefined;
      }
      // Places of variables are told by whoever lays them out.
      return typeof value === 'bigint' ? String(value) : value;
    });
    facts.push(number(own));
    edges.push(refs);
  }
  let colors = facts.map(([a, b]) => [a, b]);
  let classes = new Set(colors.map(String)).size;
  for (;;) {
    const next = colors.map((color, id) => hash(color, edges[id].flatMap((ref) => colors[ref])));
    const now = new Set(next.map(String)).size;
    colors = next;
    if (now === classes) break;
    classes = now;
  }
  return colors.map(String).sort();
}

/** Two sums over numbers, in order. */
function hash(seed, numbers) {
  let a = seed[0] | 0;
  let b = (seed[1] ?? 0x9e37) | 0;
  for (const value of numbers) {
    a = Math.imul(a ^ value, 0x85ebca6b);
    a ^= a >>> 13;
    b = Math.imul(b + value, 0xc2b2ae35) ^ (b >>> 16);
  }
  a = Math.imul(a ^ numbers.length, 0x9e3779b1);
  return [a ^ (a >>> 16), b ^ (b >>> 15)];
}

/** @returns {{ onlyA: number, onlyB: number }} how many types one has and the other has not */
export function compareTypes(a, b) {
  const left = canonicalTypes(a);
  const right = canonicalTypes(b);
  let onlyA = 0;
  let onlyB = 0;
  for (let i = 0, j = 0; i < left.length || j < right.length; ) {
    if (left[i] === right[j]) {
      i++;
      j++;
    } else if (j >= right.length || (i < left.length && left[i] < right[j])) {
      onlyA++;
      i++;
    } else {
      onlyB++;
      j++;
    }
  }
  return { onlyA, onlyB };
}

// What is the SHA-256 of some bytes?

const BLOCK_BYTES = 64;
const ROUNDS = 64;

/** The first 32 bits of the fractional parts of the roots of the first primes. @source FIPS 180-4, 4.2.2 and 5.3.3 */
function fractions(count: number, root: (prime: number) => number): Uint32Array {
  const words = new Uint32Array(count);
  for (let candidate = 2, found = 0; found < count; candidate++) {
    let isPrime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) isPrime &&= candidate % divisor !== 0;
    if (isPrime) words[found++] = (root(candidate) % 1) * 2 ** 32;
  }
  return words;
}

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** @returns 32 bytes */
export function sha256(bytes: Uint8Array): Uint8Array {
  const constants = fractions(ROUNDS, Math.cbrt);
  const hash = fractions(8, Math.sqrt);
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / BLOCK_BYTES) * BLOCK_BYTES);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const data = new DataView(padded.buffer);
  data.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n);
  const schedule = new Int32Array(ROUNDS);
  const at = (words: Int32Array | Uint32Array, idx: number): number => words[idx] as number;
  for (let start = 0; start < padded.length; start += BLOCK_BYTES) {
    for (let t = 0; t < 16; t++) schedule[t] = data.getInt32(start + t * 4);
    for (let t = 16; t < ROUNDS; t++) {
      const [early, late] = [at(schedule, t - 15), at(schedule, t - 2)];
      const sigma0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
      const sigma1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
      schedule[t] = at(schedule, t - 16) + sigma0 + at(schedule, t - 7) + sigma1;
    }
    let [a, b, c, d, e, f, g, h] = hash as unknown as [number, number, number, number, number, number, number, number];
    for (let t = 0; t < ROUNDS; t++) {
      const choice = (e & f) ^ (~e & g);
      const majority = (a & b) ^ (a & c) ^ (b & c);
      const first = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + choice + at(constants, t) + at(schedule, t)) | 0;
      const second = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, idx) => (hash[idx] = at(hash, idx) + word));
  }
  const digest = new Uint8Array(hash.byteLength);
  const out = new DataView(digest.buffer);
  hash.forEach((word, idx) => out.setUint32(idx * 4, word));
  return digest;
}

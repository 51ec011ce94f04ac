// Where are stock kernels, their modules and their BTF, without booting them?
//
//   node tools/kernels.mjs [VERSION...]     fetches and unpacks, and prints what there is; 6.1 and 6.12 when none is named
//
// The images are Debian's cloud kernels, fetched into .cache/kernels/VERSION, which a later run reuses without network.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { hasApt, unpackDebs } from './lib/debian.mjs';
import { readElfSection } from './lib/elf-section.mjs';
import { CACHE } from './lib/workspace.mjs';

/** The meta-package that names the current image of each version, in bookworm with security updates. */
const PACKAGES = { 6.1: 'linux-image-cloud-amd64', 6.12: 'linux-image-6.12-cloud-amd64' };
export const KERNEL_VERSIONS = Object.keys(PACKAGES);

/** How compressed data begins, and what decompresses it from standard input. */
const CODECS = [
  { magic: [0x1f, 0x8b], name: 'gzip' },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], name: 'xz', command: ['xz', '-dc'] },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], name: 'zstd', command: ['zstd', '-dc'] },
  { magic: [0x02, 0x21, 0x4c, 0x18], name: 'lz4', command: ['lz4', '-dc'] },
];

/**
 * @typedef {object} Kernel
 * @property {string} version e.g. `6.12`
 * @property {string} release what `uname -r` says, e.g. `6.12.117+deb12-cloud-amd64`
 * @property {string} package Debian's version, e.g. `6.12.117-1~deb12u1`
 * @property {string} vmlinuz path of the bzImage, for QEMU
 * @property {string} btf path of vmlinux's BTF
 * @property {string} modulesFolder `lib/modules/RELEASE`
 */

/** Why a kernel cannot be had here; undefined when it is there, or can be fetched. */
export function kernelObstacle(version) {
  if (existsSync(join(CACHE, 'kernels', version, 'root'))) return undefined;
  return hasApt() ? undefined : `no apt with Debian's keys here, to fetch linux ${version}`;
}

/** Fetches a kernel unless it is there. @returns {Kernel} @throws when it is not there and cannot be fetched */
export function getKernel(version) {
  const name = PACKAGES[version];
  if (name === undefined) throw new Error(`kernels: no ${version}; there are ${KERNEL_VERSIONS.join(', ')}`);
  const obstacle = kernelObstacle(version);
  if (obstacle !== undefined) throw new Error(obstacle);
  const folder = join(CACHE, 'kernels', version);
  mkdirSync(folder, { recursive: true });
  const { root, versions } = unpackDebs({ suite: 'bookworm', security: true, packages: [`${name}:depends`], folder });
  const image = readdirSync(join(root, 'boot')).find((file) => file.startsWith('vmlinuz-'));
  if (image === undefined) throw new Error(`kernels: ${root}/boot has no vmlinuz`);
  const release = image.slice('vmlinuz-'.length);
  const vmlinuz = join(root, 'boot', image);
  const btf = join(folder, 'vmlinux.btf');
  if (!existsSync(btf)) writeWhole(btf, readElfSection(unpackBzImage(readFileSync(vmlinuz)), '.BTF'));
  return { version, release, package: Object.values(versions)[0], vmlinuz, btf, modulesFolder: join(root, 'lib/modules', release) };
}

/** Paths of all modules, by name: `veth` → `…/veth.ko.xz`. @returns {Map<string, string>} */
export function listModules(kernel) {
  const modules = new Map();
  for (const file of readdirSync(kernel.modulesFolder, { recursive: true }).sort()) {
    const found = /^(.*)\.ko(\.xz|\.zst|\.gz)?$/.exec(basename(file));
    if (found !== null) modules.set(found[1].replaceAll('-', '_'), join(kernel.modulesFolder, file));
  }
  return modules;
}

/** A module as `insmod` wants it: an ELF file, not compressed. */
export function readModule(path) {
  return decompress(readFileSync(path));
}

/**
 * BTF of a module, split on its vmlinux, in a file of its own.
 *
 * @returns {string | undefined} path; undefined when the module has none
 */
export function getModuleBtf(kernel, name, path) {
  const folder = join(CACHE, 'kernels', kernel.version, 'modules');
  const file = join(folder, `${name}.btf`);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    // A module without types gets an empty file, so that it is not unpacked again.
    writeWhole(file, readElfSection(readModule(path), '.BTF', new Uint8Array()));
  }
  return readFileSync(file).length === 0 ? undefined : file;
}

/** The vmlinux inside a bzImage. @source Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length */
function unpackBzImage(image) {
  if (image.toString('latin1', 0x202, 0x206) !== 'HdrS') throw new Error('kernels: no bzImage');
  const setupBytes = ((image[0x1f1] === 0 ? 4 : image[0x1f1]) + 1) * 512;
  const start = setupBytes + image.readUInt32LE(0x248);
  const payload = image.subarray(start, start + image.readUInt32LE(0x24c));
  // All but gzip, which ends so by itself, are followed by the size of what they hold.
  return decompress(payload[0] === 0x1f ? payload : payload.subarray(0, -4));
}

function decompress(bytes) {
  const codec = CODECS.find(({ magic }) => magic.every((byte, at) => bytes[at] === byte));
  if (codec === undefined) return bytes;
  if (codec.command === undefined) return gunzipSync(bytes);
  const [command, ...args] = codec.command;
  try {
    return execFileSync(command, args, { input: bytes, maxBuffer: 1 << 30, stdio: ['pipe', 'pipe', 'ignore'] });
  } catch (error) {
    if (error.code === 'ENOENT') throw new Error(`kernels: no ${command} here to decompress with`, { cause: error });
    throw error;
  }
}

/** Only a complete file gets the name that later runs look for. */
function writeWhole(path, bytes) {
  writeFileSync(`${path}.part`, bytes);
  renameSync(`${path}.part`, path);
}

function report(version) {
  const started = Date.now();
  const kernel = getKernel(version);
  const bytes = readFileSync(kernel.btf);
  console.log(`linux ${version}: ${kernel.release}, Debian's ${kernel.package}`);
  console.log(`  image    ${kernel.vmlinuz}`);
  console.log(`  BTF      ${kernel.btf} (${bytes.length} bytes, sha256 ${createHash('sha256').update(bytes).digest('hex').slice(0, 16)})`);
  console.log(`  modules  ${kernel.modulesFolder} (${listModules(kernel).size})`);
  console.log(`  ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = process.argv.slice(2);
  for (const version of wanted.length === 0 ? KERNEL_VERSIONS : wanted) report(version);
}

// What is on the guest's disks?
//
//   initrd   busybox and the modules that reach the disks
//   system   node, bpftool, ip and their libraries, and node_modules: made once, kept while the lock file stays
//   repo     the repository as it is now, without what can be made again
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CACHE, listFiles, ROOT } from '../lib/workspace.mjs';
import { Modules } from './modules.mjs';

const FOLDER = join(CACHE, 'guest');
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
/** Modules to begin with: the disks. */
const DISK_MODULES = ['virtio_pci', 'virtio_blk'];
/** Modules that tests may want; those a kernel has built in, or has not, are passed over. */
const TEST_MODULES = ['veth', 'dummy', 'sch_ingress', 'cls_bpf', 'act_bpf', 'nf_tables', 'nf_defrag_ipv4', 'nf_defrag_ipv6', 'netkit', 'fprobe', 'uprobes', 'tcp_bpf', 'sch_fq', 'bpf_testmod', 'xfrm_interface', 'loop', 'nf_conntrack', 'tcp_bbr'];
/** Programs of this machine that the guest gets too, where they are. */
const PROGRAMS = [process.execPath, '/usr/sbin/bpftool', '/usr/sbin/ip', '/sbin/ip', '/usr/sbin/tc', '/sbin/tc', '/usr/bin/nsenter', '/usr/bin/unshare', '/usr/bin/ping'];
/** What of the repository a guest needs no copy of. */
const LEFT_OUT = ['.git', 'node_modules', '.cache', 'coverage', '.nx', 'docs/api'];

/** @param {import('../kernels.mjs').Kernel} kernel @returns {string} path of the initrd */
export function makeInitrd(kernel) {
  const tree = fresh(join(FOLDER, kernel.version, 'initrd.d'));
  const modules = new Modules(kernel.modulesFolder);
  copyBusybox(tree);
  for (const name of ['proc', 'sys', 'dev', 'new', 'mod']) mkdirSync(join(tree, name));
  const load = (names) => modules.order(names).map((name) => {
    writeFileSync(join(tree, 'mod', `${name}.ko`), modules.read(name));
    return `insmod /mod/${name}.ko`;
  });
  const disks = load(DISK_MODULES);
  const others = load(TEST_MODULES);
  const init = ['#!/bin/sh', 'mount -t proc proc /proc', 'mount -t sysfs sys /sys', 'mount -t devtmpfs dev /dev', ...disks, ...others.map((line) => `${line} 2>/dev/null`),
    'mount -t ext4 -o ro /dev/vda /new || poweroff -f', 'for d in proc sys dev; do mount --move /$d /new/$d; done', 'exec switch_root /new /guest-init', ''];
  writeFileSync(join(tree, 'init'), init.join('\n'), { mode: 0o755 });
  const out = join(FOLDER, kernel.version, 'initrd.gz');
  execFileSync('sh', ['-c', 'find . | cpio -o -H newc --quiet | gzip -1 > "$OUT"'], { cwd: tree, env: { ...process.env, OUT: out } });
  rmSync(tree, { recursive: true });
  return out;
}

/** @returns {string} path of the image with the root file system */
export function makeSystemDisk() {
  const key = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json'))).update(process.version).update(readFileSync(new URL(import.meta.url))).digest('hex').slice(0, 16);
  const image = join(FOLDER, `system-${key}.ext4`);
  if (existsSync(image)) return image;
  const tree = fresh(join(FOLDER, 'system.d'));
  copyBusybox(tree);
  for (const name of ['proc', 'sys', 'dev', 'tmp', 'run', 'root', 'etc', 'var', 'usr/bin', 'lib', 'node_modules', ROOT]) mkdirSync(join(tree, name), { recursive: true });
  for (const program of new Set(PROGRAMS.filter((path) => existsSync(path)).map((path) => realpathSync(path)))) copyProgram(tree, program);
  const modules = realpathSync(join(ROOT, 'node_modules'));
  copyInto(modules, join(tree, 'node_modules'));
  // Native modules; those for other systems have nothing that ldd knows.
  for (const file of listFiles(modules, (name) => name.endsWith('.node'))) copyLibraries(tree, file);
  writeFileSync(join(tree, 'guest-init'), GUEST_INIT, { mode: 0o755 });
  writeFileSync(join(tree, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(tree, 'etc/hosts'), '127.0.0.1 localhost\n');
  makeDisk(tree, `${image}.part`, 200);
  rmSync(tree, { recursive: true });
  renameSync(`${image}.part`, image);
  return image;
}

/** @returns {string} path of the image with the repository, which the guest may write on */
export function makeRepoDisk(version, script) {
  const tree = fresh(join(FOLDER, version, 'repo.d'));
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 26 }).split('\0').filter(Boolean);
  for (const file of files) {
    if (LEFT_OUT.some((name) => file === name || file.startsWith(`${name}/`)) || !existsSync(join(ROOT, file))) continue;
    mkdirSync(join(tree, dirname(file)), { recursive: true });
    cpSync(join(ROOT, file), join(tree, file));
  }
  mkdirSync(join(tree, 'node_modules'));
  mkdirSync(join(tree, '.cache/guest-out'), { recursive: true });
  // What jest has transformed already need not be transformed by a machine ten times slower.
  if (existsSync(join(CACHE, 'jest'))) copyInto(join(CACHE, 'jest'), join(tree, '.cache/jest'));
  writeFileSync(join(tree, '.cache/guest-run.sh'), `${script}\n`);
  writeFileSync(join(tree, '.cache/guest-root'), ROOT);
  const image = join(FOLDER, version, 'repo.ext4');
  makeDisk(tree, image, 256);
  rmSync(tree, { recursive: true });
  return image;
}

/** Process 1 of the guest. Its last line of output tells the exit status; /dev/vdc takes an archive of what is to come back. */
const GUEST_INIT = `#!/bin/sh
export PATH=/bin:/sbin:/usr/bin:/usr/sbin HOME=/root LANG=C.UTF-8 CI=true NO_COLOR=1
mount -t tmpfs tmp /tmp; mount -t tmpfs run /run; mount -t tmpfs root /root; mount -t tmpfs var /var
mkdir -p /dev/shm /dev/pts /run/netns; mount -t tmpfs shm /dev/shm; mount -t devpts pts /dev/pts
mount -t bpf bpf /sys/fs/bpf; mount -t tracefs trace /sys/kernel/tracing 2>/dev/null; mount -t debugfs debug /sys/kernel/debug 2>/dev/null
mount -t cgroup2 cgroup /sys/fs/cgroup; mount -t securityfs security /sys/kernel/security 2>/dev/null
ip link set lo up 2>/dev/null
mount -t ext4 /dev/vdb /run/netns 2>/dev/null && ROOT=$(cat /run/netns/.cache/guest-root) && umount /run/netns
mkdir -p "$ROOT"
mount -t ext4 /dev/vdb "$ROOT" && mount --bind /node_modules "$ROOT/node_modules" && cd "$ROOT" || { echo 'guest: the repository does not mount'; poweroff -f; }
echo 'guest: begin'
sh .cache/guest-run.sh
echo $? > .cache/guest-out/exit-status
dmesg -n 1
tar cf /dev/vdc -C .cache/guest-out .
sync
poweroff -f
`;

function fresh(path) {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  return path;
}

function copyBusybox(tree) {
  mkdirSync(join(tree, 'bin'), { recursive: true });
  mkdirSync(join(tree, 'sbin'), { recursive: true });
  cpSync(realpathSync('/usr/bin/busybox'), join(tree, 'bin/busybox'));
  chmodSync(join(tree, 'bin/busybox'), 0o755);
  for (const applet of execFileSync('/usr/bin/busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n')) {
    if (applet !== 'busybox') symlinkSync('/bin/busybox', join(tree, 'bin', applet));
  }
}

/** Copies the libraries that a program or native module starts with to where they are here. */
function copyLibraries(tree, file) {
  const { stdout } = spawnSync('ldd', [file], { encoding: 'utf8' });
  for (const [, library] of stdout.matchAll(/(?:=> )?(\/[^\s:]+) \(0x/g)) {
    if (existsSync(join(tree, library))) continue;
    mkdirSync(join(tree, dirname(library)), { recursive: true });
    cpSync(realpathSync(library), join(tree, library));
  }
}

/** Copies a program with its libraries; in bin it takes the place of busybox's. */
function copyProgram(tree, program) {
  copyLibraries(tree, program);
  const name = program.split('/').at(-1);
  rmSync(join(tree, 'bin', name), { force: true });
  cpSync(program, join(tree, 'bin', name));
  chmodSync(join(tree, 'bin', name), 0o755);
}

/** As cp -a, which is ten times faster than node's own copy of a large tree. */
function copyInto(from, to) {
  mkdirSync(to, { recursive: true });
  execFileSync('cp', ['-a', `${from}/.`, to]);
}

/** @param {number} spare MB to write on */
function makeDisk(tree, image, spare) {
  const used = Number(execFileSync('du', ['-sm', '--apparent-size', tree], { encoding: 'utf8' }).split('\t')[0]);
  const inodes = Number(execFileSync('sh', ['-c', 'find . | wc -l'], { cwd: tree, encoding: 'utf8' }));
  rmSync(image, { force: true });
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-O', '^has_journal', '-m', '0', '-N', String(2 * inodes + 1000), '-d', tree, image, `${Math.ceil(used * 1.3) + Math.ceil(inodes / 200) + spare}M`], { env: { ...process.env, PATH } });
}

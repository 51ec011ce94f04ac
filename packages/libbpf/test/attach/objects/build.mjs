// How are the objects of these tests compiled? Needs clang-19, gcc for x86-64, and libbpf's headers of both ages (tools/lib/peers.mjs).
//
//   node packages/libbpf/test/attach/objects/build.mjs
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cwd = dirname(fileURLToPath(import.meta.url));
const root = join(cwd, '../../../../..');
const newHeaders = join(root, '.cache/peers/root/usr/include');
const run = (program, args) => execFileSync(program, args, { cwd, stdio: 'inherit' });
const bpf = (source, object, include) =>
  run('clang-19', ['--target=bpfel', '-mcpu=v3', '-O2', '-g', '-Wall', '-Werror', '-D__TARGET_ARCH_x86', '-fdebug-compilation-dir=.', `-I${include}`, '-idirafter', '/usr/include/x86_64-linux-gnu', '-c', source, '-o', object]);

bpf('net.c', 'net.o', '/usr/include');
bpf('stream.c', 'stream.o', '/usr/include');
bpf('stream_fresh.c', 'stream_fresh.o', '/usr/include');
bpf('trace.c', 'trace.o', '/usr/include');
bpf('usdt.c', 'usdt.o', '/usr/include');
bpf('usdt.c', 'usdt.v17.o', newHeaders);
run('gcc', ['-O1', '-fPIC', '-shared', '-fno-inline', '-fcf-protection=none', '-Wl,--version-script=target.map', '-Wl,--build-id=none', '-s', 'target.c', '-o', 'target.so']);

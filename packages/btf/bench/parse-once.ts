// How much memory, and how long, does a fresh node need to parse one BTF?
import { readFileSync } from 'node:fs';
import { parseBtf } from '../src/parse.ts';

const bytes = readFileSync(process.argv[2] ?? '/sys/kernel/btf/vmlinux');
const start = performance.now();
const btf = parseBtf(bytes);
const ms = performance.now() - start;
console.log(JSON.stringify({ types: btf.typeCount, ms, peakKb: Number(/VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) }));

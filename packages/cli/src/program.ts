// Which commands are there, and which options do they take?
import { Argument, Command, CommanderError, Option } from 'commander';
import { countArg, kernelsArg, logLevelArg, progTypeArg } from './args.ts';
import { btfDiff } from './commands/btf-diff.ts';
import { btfDump } from './commands/btf-dump.ts';
import { btfMinCore } from './commands/btf-min-core.ts';
import { core, VMLINUX_BTF } from './commands/core.ts';
import type { KernelFiles } from './commands/core.ts';
import { btfTs } from './commands/btf-ts.ts';
import { disasm } from './commands/disasm.ts';
import { genSkeleton } from './commands/gen-skeleton.ts';
import type { GenSkeletonOptions } from './commands/gen-skeleton.ts';
import { inspect } from './commands/inspect.ts';
import { link } from './commands/link.ts';
import { plan } from './commands/plan.ts';
import { run } from './commands/run.ts';
import { verifyCommand } from './commands/verify.ts';
import { isRootletError } from './errors.ts';
import { EXIT_OK, EXIT_USAGE } from './io.ts';
import type { Io } from './io.ts';
import { VERSION } from './version.ts';

const EXIT_HELP = `
Exit status: 0 accepted, 1 rejected, 2 usage or unreadable input.`;

/** The command line, with every command's action bound to `io`. */
export function createProgram(io: Io): Command {
  const program = new Command('rootlet')
    .description('Inspect, link, verify and run eBPF objects: no kernel, no root.')
    .version(VERSION)
    .configureOutput({ writeOut: (text) => io.write(text), writeErr: (text) => io.warn(text.trimEnd()) })
    .exitOverride()
    .showHelpAfterError('(rootlet help shows the commands)');

  program
    .command('run')
    .description('load objects in the order given, linked dynamically, and run a program on a packet')
    .addArgument(files())
    .option('--static', 'link the objects statically into one')
    .option('--program <name>', 'program to run; the only attachable one when absent')
    .option('--type <type>', 'program type where neither section nor context tells, e.g. xdp', progTypeArg)
    .option('--data <hex|@file>', 'packet')
    .option('--ctx <hex|@file>', 'context struct')
    .option('--repeat <n>', 'number of runs', countArg, 1)
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXIT_HELP)
    .action((paths: string[], options) => run(io, paths, options));

  program
    .command('verify')
    .description('say whether the kernel would accept each program of each object, and why not')
    .addArgument(files())
    .option('--program <name>', 'only this program')
    .option('--type <type>', 'program type where neither section nor context tells, e.g. sched_cls', progTypeArg)
    .option('--log-level <level>', 'verifier log: 0 none, 1 branches, 2 every instruction, 4 statistics', logLevelArg, 0)
    .option('--kernel <version>', 'which kernel to ask: 6.1, 6.12, 6.18, several with commas, or all', kernelsArg)
    .option('--btf <vmlinux>', "the kernel's BTF; /sys/kernel/btf/vmlinux when absent and there")
    .option('--json', 'print one JSON object a program')
    .addHelpText('after', EXIT_HELP)
    .action((paths: string[], options) => verifyCommand(io, paths, options));

  program
    .command('plan')
    .description('say for each extern who would provide it and how, without loading programs')
    .addArgument(files())
    .option('--static', 'plan the objects linked statically into one')
    .option('--json', 'print one JSON object an extern')
    .action((paths: string[], options) => plan(io, paths, options));

  program
    .command('link')
    .description('link objects statically into one, as bpftool gen object does')
    .addArgument(files())
    .requiredOption('-o, --output <file>', 'object to write')
    .option('--json', 'print one JSON object: sections and externs, or the error')
    .action((paths: string[], options) => link(io, paths, options));

  program
    .command('disasm')
    .description('print the instructions of an object')
    .argument('<file>', 'BPF object')
    .addOption(new Option('--style <style>', "the verifier log's style, or llvm-objdump's").choices(['kernel', 'llvm']).default('kernel'))
    .action((path: string, options) => disasm(io, path, options));

  program
    .command('inspect')
    .description('show the sections, programs, maps, externs and exports of an object')
    .argument('<file>', 'BPF object')
    .option('--json', 'print one JSON object')
    .action((path: string, options) => inspect(io, path, options));

  const kernels: KernelFiles[] = [];
  program
    .command('core')
    .description('say whether an object fits kernels, by their BTF alone: CO-RE relocations, kernel by kernel')
    .argument('<file>', 'BPF object')
    .option('--btf <file>', "a kernel's BTF; several times for several kernels; the running kernel's when absent", (path: string) => void kernels.push({ path, modules: [] }))
    .option('--module <file>', 'BTF of a module of the kernel before it, raw or .ko; several times for several modules', (path: string) => {
      const { path: kernel, modules } = kernels.pop() ?? { path: VMLINUX_BTF, modules: [] };
      kernels.push({ path: kernel, modules: [...modules, path] });
    })
    .option('--all', 'repeat equal questions')
    .option('--json', 'print one JSON object a kernel')
    .addHelpText('after', '\nExit status: 0 fits all, 1 does not fit one, 2 usage or unreadable input.')
    .action((path: string, options: { json?: true; all?: true }) => core(io, path, { ...options, kernels }));

  const btf = program.command('btf').description('work with BTF');
  btf
    .command('dump')
    .description('print the types of an object or of a raw BTF file, as bpftool does')
    .argument('<file>', 'BPF object, or raw BTF such as /sys/kernel/btf/vmlinux')
    .addOption(new Option('--format <format>', "bpftool's text, its JSON, or a C header").choices(['raw', 'json', 'c']).default('raw'))
    .option('--base <file>', 'BTF that a split BTF continues')
    .option('--unsorted', 'header: types in the order of their ids, not by kind and name')
    .action((path: string, options) => btfDump(io, path, options));
  btf
    .command('min-core')
    .description("write the part of a kernel's BTF that the CO-RE relocations of objects need, as bpftool gen min_core_btf does")
    .argument('<target>', "a kernel's BTF, raw or ELF")
    .argument('<output>', 'BTF to write')
    .argument('<file...>', 'BPF objects')
    .action((target: string, output: string, paths: string[]) => btfMinCore(io, target, output, paths));
  btf
    .command('ts')
    .description('generate TypeScript that reads and writes data of types in place')
    .argument('<file>', 'object, or raw BTF such as /sys/kernel/btf/vmlinux')
    .argument('<type...>', "names of types: iphdr, 'struct iphdr', .bss, a variable")
    .option('-o, --output <file>', 'file to write; standard output when absent')
    .option('--base <file>', 'BTF that a split BTF continues')
    .addOption(new Option('--byte-order <order>', "of the data; the file's when absent; each object's own with constructor").choices(['little', 'big', 'constructor']))
    .action((path: string, types: string[], options) => btfTs(io, path, types, options));
  btf
    .command('diff')
    .description('say how the types of two files differ')
    .argument('<old>', 'object or raw BTF')
    .argument('<new>', 'object or raw BTF')
    .argument('[type...]', "only types of these names: iphdr, 'enum bpf_cmd', 'func foo'")
    .option('--json', 'print one JSON object')
    .option('--base <file>', 'BTF that split ones continue')
    .option('--new-base <file>', 'BTF that the second one continues, where it is another')
    .addHelpText('after', '\nExit status: 0 no difference, 1 differences, 2 trouble.')
    .action((before: string, after: string, types: string[], options) => btfDiff(io, before, after, types, options));

  const gen = program.command('gen').description('generate TypeScript from objects');
  skeletonOptions(gen.command('skeleton'))
    .description("write a module with an object's maps, programs, links and variables by name and type, as bpftool gen skeleton does for C")
    .option('--no-embed', 'leave the object out of the module: whoever opens it gives its bytes')
    .action((path: string, options: GenSkeletonOptions) => genSkeleton(io, path, false, options));
  skeletonOptions(gen.command('subskeleton'))
    .description('the same for a library that is found in the object it was linked into, as bpftool gen subskeleton does for C')
    .action((path: string, options: GenSkeletonOptions) => genSkeleton(io, path, true, options));
  // Commands inherit settings only from a parent that has them when they are made.
  for (const command of [...program.commands, ...btf.commands, ...gen.commands]) {
    command.copyInheritedSettings(program).exitOverride();
  }
  return program;
}

function skeletonOptions(command: Command): Command {
  return command
    .argument('<file>', 'BPF object')
    .option('--name <name>', "name of the object and of what is exported; the file's when absent")
    .option('-o, --output <file>', 'module to write; standard output when absent')
    .option('--record <map=type>', 'type of the records of a ring or perf buffer; several times for several', (value: string, all: readonly string[]) => [...all, value], []);
}

function files(): Argument {
  return new Argument('<file...>', 'BPF objects');
}

/** Shows an error that ended a command. @returns the exit status */
export function exitStatusOf(error: unknown, io: Io): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  if (!isRootletError(error)) throw error;
  io.warn(`${io.colors.red('error:')} ${error.message}`);
  return EXIT_USAGE;
}

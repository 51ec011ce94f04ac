// The dispatcher on a real interface, under a stream of datagrams that another process sends without a pause:
//
//   unshare -n node tools/run-ts.mjs docs/examples/dispatcher/demo.ts        as root, on Linux
//
// `unshare -n`: in a network namespace of its own, which goes with the process. Fails when a packet was unseen.
import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { LinuxKernel } from '@rootlet/linux-kernel';
import { findUnseen, runScenario } from './scenario.ts';
import type { Stream } from './scenario.ts';

const PORT = 7777;
/** Packets a step. */
const PER_STEP = Number(process.argv[2] ?? 1000);
/** Sends bursts that the interface's queue of 256 packets holds, numbers them, and says how many it sent. */
const SENDER = `
  const socket = require('node:dgram').createSocket('udp4');
  let sent = 0, running = true;
  process.stdin.on('data', () => { running = false; });
  socket.connect(${PORT}, '10.9.0.1', function burst() {
    if (!running) { console.log('end ' + sent); process.exit(); }
    let left = 8;
    for (let idx = 0; idx < 8; idx++) socket.send(Uint8Array.of((sent + idx) & 255, 0), (error) => {
      if (error) throw error;
      if (--left > 0) return;
      sent += 8;
      if (sent % 64 === 0) console.log('sent ' + sent);
      setTimeout(burst, 1);
    });
  });
`;

const run = (command: string): string => {
  const [program = '', ...args] = command.split(' ');
  return execFileSync(program, args, { encoding: 'utf8' });
};
if (run('ip -o link show up') !== '') throw new Error('this network is in use; run it in one of its own: unshare -n');
for (const command of ['ip link add here type veth peer name there', 'ip addr add 10.9.0.1/24 dev here', 'ip link set here up']) run(command);
// Somebody takes them: otherwise the sender is told that nobody does.
const receiver = createSocket('udp4');
await new Promise<void>((resolve) => receiver.bind(PORT, resolve));
receiver.unref();
const address = /link\/ether (\S+)/.exec(run('ip -o link show here'))?.[1] ?? '';
const ifindex = Number(/^(\d+):/.exec(run('ip -o link show here'))?.[1]);

/** Starts the sender, in a network namespace of its own, at the other end. */
async function start(): Promise<Stream> {
  const child = spawn('unshare', ['-n', 'sh', '-c', `echo ready; read go; exec ${process.execPath} -e "$SENDER"`], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, SENDER } });
  let sent = 0;
  let wake = (): void => {};
  let total: number | undefined;
  let isReady = false;
  child.stdout.on('data', (part: Buffer) => {
    for (const line of part.toString('utf8').split('\n')) {
      if (line === 'ready') isReady = true;
      const number = Number(/^(?:sent|end) (\d+)$/.exec(line)?.[1] ?? sent);
      sent = number;
      if (line.startsWith('end ')) total = number;
    }
    wake();
  });
  child.on('exit', (code) => {
    if (total === undefined) throw new Error(`the sender ended with ${code}`);
  });
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise<void>((resolve) => (wake = resolve));
  };
  await until(() => isReady);
  run(`ip link set there netns ${child.pid}`);
  const there = (command: string): string => run(`nsenter -t ${child.pid} -n ${command}`);
  there('ip addr add 10.9.0.2/24 dev there');
  there('ip link set there up');
  // The other end need not ask for the address: what is sent is datagrams alone.
  there(`ip neigh add 10.9.0.1 lladdr ${address} dev there`);
  while (!run('ip -o link show here').includes('LOWER_UP')) await new Promise((resolve) => setTimeout(resolve, 10));
  child.stdin.write('go\n');
  return {
    pass: (count) => {
      const goal = sent + count;
      return until(() => sent >= goal);
    },
    async end() {
      child.stdin.write('end\n');
      await until(() => total !== undefined);
      // What is on the way arrives.
      await new Promise((resolve) => setTimeout(resolve, 200));
      return total ?? 0;
    },
  };
}

const kernel = new LinuxKernel();
console.log(`${kernel.name}: ${kernel.extObstacle() ?? 'loads EXT programs'}`);
const unseen = findUnseen(await runScenario(kernel, ifindex, start, PER_STEP, (line) => console.log(line)));
console.log(unseen ?? 'not one packet was unseen');
process.exitCode = unseen === undefined ? 0 : 1;

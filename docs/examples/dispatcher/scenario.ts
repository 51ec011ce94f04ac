// Is a packet ever unseen while firewalls are added, ordered, replaced and removed?
import { BpfObject } from '@rootlet/libbpf';
import type { BpfProgram, Kernel } from '@rootlet/libbpf';
import { Dispatcher } from './dispatcher.ts';

const FOLDER = 'docs/examples/dispatcher';

/** Datagrams to port 7777 that arrive at the interface. */
export interface Stream {
  /** Lets so many more pass; on a real kernel they come all the time, also while the slots change. */
  pass(count: number): Promise<void>;
  /** Ends it. @returns how many were sent in all */
  end(): Promise<number>;
}

/** What the firewalls counted. */
export interface Counts {
  readonly sent: number;
  readonly seen: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
}

/** Who stands where, one step after the other. `audit` and `last` are required: audit sees each packet, last each that nobody drops. */
const STEPS: readonly (readonly [what: string, names: readonly string[]])[] = [
  ['at first', ['audit', 'last']],
  ['added', ['audit', 'odd', 'last']],
  ['added', ['audit', 'odd', 'third', 'last']],
  ['ordered', ['audit', 'third', 'odd', 'last']],
  ['removed', ['audit', 'odd', 'last']],
  ['replaced', ['audit', 'third', 'last']],
  ['removed', ['audit', 'last']],
];

/**
 * Runs the steps under a stream of packets.
 *
 * @param start begins the stream; the dispatcher is on the interface by then
 * @param perStep packets a step
 * @param print takes lines: the plan of each step
 */
export async function runScenario(kernel: Kernel, ifindex: number, start: () => Promise<Stream>, perStep: number, print: (line: string) => void): Promise<Counts> {
  const names = ['audit', 'odd', 'third', 'last'];
  const firewalls = new Map<string, BpfProgram>();
  for (const name of names) {
    const program = BpfObject.open(`${FOLDER}/fw_${name}.o`, { kernel }).load().findProgram(`fw_${name}`);
    if (program === undefined) throw new Error(`no firewall ${name}`);
    firewalls.set(name, program);
  }
  const dispatcher = new Dispatcher(kernel, `${FOLDER}/slots.o`, ifindex);
  let sent = 0;
  try {
    let stream: Stream | undefined;
    for (const [what, order] of STEPS) {
      const plan = dispatcher.set(order.map((name) => firewalls.get(name) ?? missing(name)));
      const linked = plan.filter(({ provider }) => provider !== undefined).map(({ extern, strategy, provider }) => `${extern} ${provider?.symbol} (${strategy})`);
      print(`${what.padEnd(9)} ${linked.join(', ')}`);
      stream ??= await start();
      await stream.pass(perStep);
    }
    sent = (await stream?.end()) ?? 0;
  } finally {
    dispatcher.close();
  }
  const count = (name: string, key: number): number => {
    const value = firewalls.get(name)?.object.findMap(`${name}_counts`)?.lookup(key);
    return value === undefined ? 0 : Number(new DataView(value.buffer, value.byteOffset, 8).getBigUint64(0, true));
  };
  const seen = Object.fromEntries(names.map((name) => [name, count(name, 0)]));
  const dropped = Object.fromEntries(['odd', 'third'].map((name) => [name, count(name, 1)]));
  for (const program of firewalls.values()) program.object.close();
  const list = (counts: Readonly<Record<string, number>>): string => Object.entries(counts).map(([name, number]) => `${name} ${number}`).join(', ');
  print(`sent ${sent}; seen by ${list(seen)}; dropped by ${list(dropped)}`);
  return { sent, seen, dropped };
}

/** What is wrong with the counts; undefined when no packet was unseen. */
export function findUnseen({ sent, seen, dropped }: Counts): string | undefined {
  const through = (seen['last'] ?? 0) + Object.values(dropped).reduce((sum, number) => sum + number, 0);
  if (seen['audit'] !== sent) return `audit saw ${seen['audit']} of ${sent} packets`;
  return through === sent ? undefined : `${through} of ${sent} packets were dropped by a firewall or seen by the last`;
}

function missing(name: string): never {
  throw new Error(`no firewall ${name}`);
}

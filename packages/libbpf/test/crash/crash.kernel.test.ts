// What is left of a process that was killed? What it pinned, with all that needs, and nothing else.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { LinuxKernel } from '@rootlet/linux-kernel';
import { BpfLink, BpfObject, PinnedLibrary } from '../../src/index.ts';
import { inGuest, Network, until, withBpffsAsync } from '../attach/support.ts';
import type { Held } from './kinds.ts';

const ROOT = join(__dirname, '../../../..');

interface Said {
  readonly held: Held;
  readonly attached: readonly string[];
  readonly result: number;
}

/** Starts a program of this folder and waits for the line it says. */
export async function start(program: string, args: readonly string[]): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, [join(ROOT, 'tools/run-ts.mjs'), `packages/libbpf/test/crash/${program}`, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  const said = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (part: Buffer) => {
      text += part.toString('utf8');
      if (text.includes('\n')) resolve(text);
    });
    child.on('exit', (code, signal) => reject(new Error(`${program} ended with ${code ?? signal ?? '?'}: ${text}`)));
  });
  return { child, said };
}

export async function kill(child: ChildProcess): Promise<void> {
  const end = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await end;
}

describe('a process that is killed', () => {
  const kernel = new LinuxKernel();
  const cgroups = existsSync('/sys/fs/cgroup/cgroup.procs') ? '/sys/fs/cgroup' : '/sys/fs/cgroup/unified';
  let network: Network;
  let cgroup: string;

  beforeAll(async () => {
    network = await Network.create();
    cgroup = mkdtempSync(join(cgroups, 'rootlet-'));
  });

  afterAll(async () => {
    rmdirSync(cgroup);
    await network.close();
  });

  /** Which of these ids are still there. */
  function alive(held: Held): Held {
    const open = { prog: (id: number) => kernel.progFdById(id), map: (id: number) => kernel.mapFdById(id), link: (id: number) => kernel.linkFdById(id), btf: (id: number) => kernel.btfFdById(id) };
    const isThere = (kind: keyof Held, id: number): boolean => {
      try {
        kernel.close(open[kind](id));
        return true;
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOENT' });
        return false;
      }
    };
    const left = (kind: keyof Held): number[] => held[kind].filter((id) => isThere(kind, id));
    return { prog: left('prog'), map: left('map'), link: left('link'), btf: left('btf') };
  }

  /** What a pinned program or map holds, itself included. */
  function needs(fd: number): Held {
    const info = kernel.info(fd);
    const held: Held = { prog: [], map: [], link: [], btf: [] };
    const addMap = (id: number): void => {
      const mapFd = kernel.mapFdById(id);
      const map = kernel.info(mapFd);
      kernel.close(mapFd);
      held.map.push(id);
      if (map.kind === 'map' && map.btfId > 0) held.btf.push(map.btfId);
    };
    if (info.kind === 'link') {
      held.link.push(info.id);
      const progFd = kernel.progFdById(info.progId);
      const below = needs(progFd);
      kernel.close(progFd);
      return { ...below, link: held.link };
    }
    if (info.kind === 'map') addMap(info.id);
    if (info.kind === 'prog') {
      held.prog.push(info.id);
      if (info.btfId > 0) held.btf.push(info.btfId);
      for (const id of info.mapIds) addMap(id);
    }
    return held;
  }

  /** Names with dots are the kernel's own. */
  const pathsBelow = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.name.includes('.')).map((entry) => join(entry.parentPath, entry.name));

  const union = (parts: readonly Held[]): Held => {
    const all = (kind: keyof Held): number[] => [...new Set(parts.flatMap((part) => part[kind]))].sort((a, b) => a - b);
    return { prog: all('prog'), map: all('map'), link: all('link'), btf: all('btf') };
  };

  /** What of one is in another: maps beside pins were closed after they were pinned. */
  const common = (one: Held, other: Held): Held => {
    const both = (kind: keyof Held): number[] => one[kind].filter((id) => other[kind].includes(id));
    return { prog: both('prog'), map: both('map'), link: both('link'), btf: both('btf') };
  };

  it('leaves what it pinned, which others find and use, and nothing else', async () => {
    await withBpffsAsync(async (folder) => {
      const { child, said } = await start('victim.ts', [folder, String(network.ifindex()), cgroup, inGuest ? '1' : '0']);
      const { held, attached, result } = JSON.parse(said) as Said;
      expect(result).toBe(16);
      expect(attached).toEqual(expect.arrayContaining(['xdp', 'cgroup', 'netns', 'uprobe']));
      expect(held.link.length).toBeGreaterThanOrEqual(attached.length);
      expect(alive(held)).toEqual(held);
      await kill(child);

      // Found by their paths.
      const link = BpfLink.open(`${folder}/link`, kernel);
      const program = kernel.objGet(`${folder}/program`);
      const map = kernel.objGet(`${folder}/map`);
      const main = BpfLink.open(`${folder}/main`, kernel);
      const beside = pathsBelow(folder).filter((path) => !['link', 'program', 'map', 'main'].some((name) => path === `${folder}/${name}`));
      const library = beside.map((path) => kernel.sys.objGet(path));
      const left = union([link.fd, program, map, main.fd, ...library].map(needs));
      // The kernel lets go of programs and maps some time after their last user.
      const ofProcess = common(left, held);
      await until(() => JSON.stringify(alive(held)) === JSON.stringify(ofProcess));
      expect(left.link).toEqual(expect.arrayContaining([link.info().id, main.info().id]));
      process.stdout.write(`crash: ${attached.join(', ')}; of ${held.prog.length} programs, ${held.map.length} maps, ${held.link.length} links, ${held.btf.length} BTF stay ${ofProcess.prog.length}, ${ofProcess.map.length}, ${ofProcess.link.length}, ${ofProcess.btf.length}\n`);

      // And used: the link attaches still, and is updated; the program runs; the map has its values.
      expect(kernel.direct.xdpQueryId(network.ifindex())).toBe(link.info().progId);
      expect([...(kernel.mapLookup(map, new Uint8Array(4)) ?? [])]).toContain(77);
      expect(kernel.progTestRun(program, { dataIn: new Uint8Array(64) }).retval).toBe(2);
      link.update({ fd: program });
      expect(kernel.direct.xdpQueryId(network.ifindex())).toBe(kernel.info(program).id);

      // The program that calls others still does, and the library serves programs that are loaded here.
      const caller = kernel.progFdById(main.info().progId);
      expect(kernel.progTestRun(caller, { dataIn: new Uint8Array(64) }).retval).toBe(result);
      kernel.close(caller);
      const found = PinnedLibrary.open(`${folder}/helpers`, kernel);
      const other = BpfObject.open(join(ROOT, 'docs/examples/linking/main_prog.o'), { kernel }).load();
      expect(other.findProgram('main_prog')?.testRun({ dataIn: new Uint8Array(64) }).retval).toBe(result);
      other.close();
      found.close();

      // Unpinned and closed, nothing is left.
      for (const name of ['link', 'program', 'map', 'main', 'helpers/foo', 'helpers/bar']) kernel.objUnpin(`${folder}/${name}`);
      expect(pathsBelow(folder)).toEqual([]);
      link.destroy();
      main.destroy();
      for (const fd of [program, map, ...library]) kernel.close(fd);
      await until(() => Object.values(alive(held)).every((ids) => ids.length === 0));
      expect(kernel.direct.xdpQueryId(network.ifindex())).toBe(0);
    });
  }, 120_000);
});

import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { example, rootlet } from './support.ts';

const HELPERS = example('linking/helpers.o');
const MAIN = example('linking/main_prog.o');
const PACKET = '2a00000000000000000000000000';

describe('rootlet run', () => {
  it.each([[[HELPERS, MAIN]], [[MAIN, HELPERS]], [['--static', MAIN, HELPERS]]])('runs %j', async (args) => {
    const { stdout, status } = await rootlet('run', ...args, '--data', PACKET);
    expect(status).toBe(0);
    expect(stdout).toContain('main_prog returned 58');
    expect(stdout).toContain(`packet: ${PACKET}`);
    expect(stdout).toMatch(/foo → (call|static) from helpers/);
  });

  it('--json prints one object', async () => {
    const { stdout } = await rootlet('run', '--json', MAIN, HELPERS, '--data', PACKET, '--repeat', '3');
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      program: 'main_prog',
      retval: 58,
      dataOut: PACKET,
      plan: [
        { object: 'main_prog', extern: 'foo', strategy: 'call', provider: { objectName: 'helpers', symbol: 'foo' } },
        { extern: 'bar', strategy: 'call' },
      ],
    });
    expect(result.insns).toBeGreaterThan(10);
    expect(result.durationNs).toBeGreaterThanOrEqual(0);
    expect(result).not.toHaveProperty('error');
  });

  it('an unbound strong extern is an error with code and names', async () => {
    const { stdout, status } = await rootlet('run', '--json', MAIN, '--data', PACKET);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      program: 'main_prog',
      error: { code: 'ENOEXEC', message: expect.stringMatching(/foo.*bar/) },
    });
  });

  it('a rejection is an error with the log', async () => {
    const { stdout, status } = await rootlet('run', '--json', HELPERS, example('linking/bad_ctx.o'), '--data', PACKET);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ program: 'bad_ctx', error: { code: 'PROG_LOAD', log: expect.stringContaining('processed') } });
  });

  it('asks which program when there are several, and lists them', async () => {
    const both = [example('linking/infer_xdp.o'), example('linking/fw2.o')];
    expect(await rootlet('run', ...both)).toMatchObject({ status: 2, stderr: expect.stringMatching(/infer_xdp, fw2/) });
    expect(await rootlet('run', ...both, '--program', 'nobody')).toMatchObject({ status: 2, stderr: expect.stringContaining('nobody') });
    expect(await rootlet('run', ...both, '--program', 'fw2', '--data', '02'.padEnd(28, '0'))).toMatchObject({ status: 0, stdout: expect.stringContaining('fw2 returned 3') });
  });

  it('takes a type where the context is ambiguous', async () => {
    const object = example('linking/infer_skb.o');
    expect(await rootlet('run', object, '--data', PACKET)).toMatchObject({ status: 1, stderr: expect.stringContaining('sched_cls') });
    expect(await rootlet('run', object, '--type', 'sched_cls', '--data', PACKET)).toMatchObject({ status: 0, stdout: expect.stringContaining('returned 14') });
  });
});

describe('rootlet plan', () => {
  it('says who would provide each extern', async () => {
    const { stdout, status } = await rootlet('plan', HELPERS, MAIN);
    expect(status).toBe(0);
    expect(stdout).toMatch(/main_prog: foo → call from helpers/);
  });

  it('--json prints one line an extern', async () => {
    const { stdout } = await rootlet('plan', '--json', MAIN, HELPERS);
    const lines = stdout.trim().split('\n').map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { object: 'main_prog', extern: 'foo', strategy: 'pending' },
      { object: 'main_prog', extern: 'bar', strategy: 'pending' },
    ]);
  });

  it('exits with 1 where loading would fail', async () => {
    expect(await rootlet('plan', example('linking/weak_strong.o'), example('linking/strong_other.o'), example('linking/policy_main.o'))).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('strong_other'),
    });
  });
});

describe('rootlet verify', () => {
  it('accepts and rejects, a line a program', async () => {
    const { stdout, status } = await rootlet('verify', '--json', MAIN, HELPERS, example('programs/bad_map_null.o'));
    expect(status).toBe(1);
    const lines = stdout.trim().split('\n').map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { program: 'main_prog', section: '.text', type: 'xdp', verdict: 'accept', errno: 0, error: null, log: '' },
      { program: 'foo', verdict: 'accept' },
      { program: 'bar', verdict: 'accept' },
      { program: 'bad_map_null', verdict: 'reject', errno: 13, error: "R0 invalid mem access 'map_value_or_null'" },
    ]);
    for (const line of lines) expect(line.insns).toBeGreaterThan(0);
  });

  it('exits with 0 when all are accepted, and gives the log asked for', async () => {
    const { stdout, status } = await rootlet('verify', '--log-level', '2', example('programs/xdp_counter.o'));
    expect(status).toBe(0);
    expect(stdout).toMatch(/^0: R1=ctx\(\) R10=fp0$/m);
    expect(stdout).toMatch(/^accept /m);
  });

  it('explains a rejection: the line of C, where the register comes from, what mends it', async () => {
    const { stdout } = await rootlet('verify', example('programs/bad_map_null.o'));
    expect(stdout).toMatch(/^  at 7: \(61\) r0 = \*\(u32 \*\)\(r0 \+0\)   bad_map_null\.c:18: return \*value;$/m);
    expect(stdout).toMatch(/^     6: \(85\) call bpf_map_lookup_elem#1 → r0 = map_value_or_null/m);
    expect(stdout).toMatch(/^  cause r0 may be NULL here .*\[null-check\]$/m);
    expect(stdout).toMatch(/^  fix   compare it with NULL/m);
    const json = JSON.parse((await rootlet('verify', '--json', example('programs/bad_map_null.o'))).stdout) as { explanation: object };
    expect(json.explanation).toMatchObject({ rule: 'null-check', register: 0, source: { file: 'bad_map_null.c', line: 18 } });
  });

  it('has words for every rejected example', async () => {
    const bad = readdirSync(example('programs')).filter((name) => /^bad_(?!complexity).*(?<!bpfeb)\.o$/.test(name));
    const { stdout } = await rootlet('verify', '--json', ...bad.map((name) => example(`programs/${name}`)));
    const verdicts = stdout.trim().split('\n').map((line) => JSON.parse(line) as { verdict: string; file: string; explanation: { rule: string } | null });
    const rejected = verdicts.filter(({ verdict }) => verdict === 'reject');
    expect(rejected.length).toBeGreaterThan(25);
    expect(rejected.filter(({ explanation }) => explanation === null || explanation.rule === 'other')).toEqual([]);
  });

  it('asks several kernels', async () => {
    const tagged = example('linking/proto_tagged.o');
    const { stdout, status } = await rootlet('verify', '--json', '--kernel', 'all', tagged);
    const lines = stdout.trim().split('\n').map((line) => JSON.parse(line) as { kernel: string; verdict: string });
    // Tags of arguments mean nothing before 6.8.
    expect(lines.map(({ kernel, verdict }) => `${kernel} ${verdict}`)).toEqual(['6.1 reject', '6.12 accept', '6.18 accept']);
    expect(status).toBe(1);
    expect((await rootlet('verify', '--kernel', '6.12,6.18', tagged)).stdout).toMatch(/linux 6\.12/);
    expect((await rootlet('verify', '--kernel', '5.4', tagged)).status).toBe(2);
  });

  it('reports unreadable files and goes on', async () => {
    const { stdout, status } = await rootlet('verify', '--json', '/no/such.o', example('linking/infer_xdp.o'));
    expect(status).toBe(2);
    const lines = stdout.trim().split('\n').map((line) => JSON.parse(line));
    expect(lines).toMatchObject([{ file: '/no/such.o', program: null, verdict: 'error' }, { verdict: 'accept' }]);
  });
});

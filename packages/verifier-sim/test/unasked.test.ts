// What becomes of programs that no kernel can be asked about, since it would fall?
//
// The programs stand in `unasked`. Do not load them: Linux 6.18.44 writes 16 GB beyond its own tables.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { verify } from '../src/index.ts';
import { caseInput, parseCase } from './case-file.ts';
import { caseVmlinux } from './case-vmlinux.ts';

it('precision that leaves the main function backwards is refused', () => {
  const given = parseCase(readFileSync(join(__dirname, 'unasked/lost-in-main.case'), 'utf8'), caseVmlinux());
  const { errno, error, log } = verify(caseInput(given, caseVmlinux()), { logLevel: 2 });
  expect([errno, error]).toEqual([14, 'verifier bug: subprog exit from frame 0']);
  expect(log).toContain('regs=r1 stack= before 1: (85) call pc+3\nverifier bug');
});

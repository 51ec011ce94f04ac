// Do packet pointers survive calls of global functions?
import { expect, it } from '@jest/globals';
import { verify } from '../src/index.ts';
import { caseInput, parseCase } from './case-file.ts';

const PACKET_OVER_CALL = `prog xdp
struct xdp_md 24
func main int main(struct xdp_md *ctx)
func sub int sub(struct xdp_md *ctx)
---
  r6 = *(u32 *)(r1 +0)
  r7 = *(u32 *)(r1 +4)
  r2 = r6
  r2 += 1
  r0 = 0
  if r2 > r7 goto out
  call sub
  r0 = *(u8 *)(r6 +0)
out:
  exit
sub:
  r0 = 1
  exit
`;

it('of those that leave the packet alone, unless others may take their place', () => {
  const input = caseInput(parseCase(PACKET_OVER_CALL));
  expect(verify(input).verdict).toBe('accept');
  expect(verify({ ...input, globalsMovePacket: true })).toMatchObject({ verdict: 'reject', errno: 13, error: "R6 invalid mem access 'scalar'" });
});

import { describe, expect, it } from '@jest/globals';
import { LinkScope } from '../src/index.ts';
import type { Provider } from '../src/index.ts';

describe('LinkScope', () => {
  const offer = (scope: LinkScope, objectName: string): Provider =>
    scope.offer({ symbol: 'f', objectName, progFd: () => 1, btf: undefined as never, btfId: 1, weak: false });

  it('keeps providers in order of loading and forgets withdrawn ones', () => {
    const scope = new LinkScope();
    const first = offer(scope, 'a');
    offer(scope, 'b');
    expect(scope.find('f').map(({ objectName }) => objectName)).toEqual(['a', 'b']);
    scope.withdraw(first);
    scope.withdraw(first);
    expect(scope.find('f').map(({ objectName }) => objectName)).toEqual(['b']);
    expect(scope.find('g')).toEqual([]);
  });

  it('wakes only who waits for the name', () => {
    const scope = new LinkScope();
    const wish = { symbol: 'f', check: () => {}, bind: () => {}, unbind: () => {}, accepts: () => true };
    scope.want(wish);
    expect(scope.waiting('f')).toEqual([wish]);
    expect(scope.waiting('g')).toEqual([]);
    scope.unwant(wish);
    expect(scope.waiting('f')).toEqual([]);
  });
});

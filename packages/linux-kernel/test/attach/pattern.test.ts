import { describe, expect, it } from '@jest/globals';
import { createMatcher } from '../../src/attach/pattern.ts';

describe('createMatcher', () => {
  it.each([
    ['vfs_read', 'vfs_read', true],
    ['vfs_read', 'vfs_readv', false],
    ['vfs_*', 'vfs_read', true],
    ['vfs_*', 'vfs_', true],
    ['*', '', true],
    ['?', '', false],
    ['vfs_rea?', 'vfs_read', true],
    ['vfs_rea?', 'vfs_rea', false],
    ['*_read*', 'ext4_read_iter', true],
    ['*_read', 'ext4_read_iter', false],
    ['a*b*c', 'aXbXbYc', true],
    ['a*b*c', 'aXcXb', false],
    ['a.b', 'aXb', false],
    ['[ab]', 'a', false],
  ])('%s and %s: %s', (pattern, name, expected) => {
    expect(createMatcher(pattern)(name)).toBe(expected);
  });

  it('takes no longer for patterns that would make a regular expression try everything', () => {
    const began = performance.now();
    expect(createMatcher(`${'*a'.repeat(200)}b`)('a'.repeat(5000))).toBe(false);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

import { describe, expect, it } from '@jest/globals';
import { BpfObject } from '../../src/index.ts';
import { countsOf, errorOf, example, loadAll, loadLinked, newKernel, packet, permutations, runEverywhere, runProgram } from '../support.ts';

describe('T5: static is private, global is exported, hidden links statically only', () => {
  it('the public function, both ways', () => {
    expect(new Set(runEverywhere(['visibility', 'visibility_public'], 'visibility_public'))).toEqual(new Set([18]));
  });

  it('the hidden function: bound statically, not found dynamically', () => {
    expect(runProgram([loadLinked(newKernel(), ['visibility_hidden', 'visibility'])], 'visibility_hidden')).toBe(12);
    for (const order of permutations(['visibility', 'visibility_hidden'])) {
      const error = errorOf(() => runProgram(loadAll(newKernel(), order).values(), 'visibility_hidden'));
      expect(error.code).toBe('ENOEXEC');
      expect(error.message).toContain('hidden_fn');
    }
  });

  it('the static function: found neither way', () => {
    for (const order of permutations(['visibility', 'visibility_private'])) {
      expect(errorOf(() => runProgram(loadAll(newKernel(), order).values(), 'visibility_private')).code).toBe('ENOEXEC');
    }
    const linked = loadLinked(newKernel(), ['visibility_private', 'visibility']);
    expect(errorOf(() => runProgram([linked], 'visibility_private')).message).toContain('private_fn');
  });

  it('static functions of one name do not meet', () => {
    for (const order of permutations(['visibility', 'visibility_twin', 'visibility_public'])) {
      const linked = loadLinked(newKernel(), order);
      expect(runProgram([linked], 'visibility_twin')).toBe(100);
      expect(runProgram([linked], 'visibility_public')).toBe(18);
    }
  });
});

describe('T6: search scope', () => {
  it('two strong providers are an error that names both', () => {
    const kernel = newKernel();
    loadAll(kernel, ['weak_strong', 'strong_other']);
    const error = errorOf(() => loadAll(kernel, ['policy_main']));
    expect(error.code).toBe('AMBIGUOUS_PROVIDER');
    expect(error.message).toContain('weak_strong');
    expect(error.message).toContain('strong_other');
  });

  it('scope chooses, by name or object', () => {
    const kernel = newKernel();
    const objects = loadAll(kernel, ['weak_strong', 'strong_other']);
    const byName = loadAll(kernel, ['policy_main'], { scope: ['strong_other'] });
    expect(runProgram(byName.values(), 'policy_main')).toBe(4);
    const strong = objects.get('weak_strong');
    const byObject = loadAll(kernel, ['policy_main'], { scope: strong === undefined ? [] : [strong] });
    expect(runProgram(byObject.values(), 'policy_main')).toBe(2);
  });

  it('scope holds for providers that come later', () => {
    const kernel = newKernel();
    const main = loadAll(kernel, ['policy_main'], { scope: ['strong_other'] });
    loadAll(kernel, ['weak_strong']);
    expect(errorOf(() => runProgram(main.values(), 'policy_main')).code).toBe('ENOEXEC');
    loadAll(kernel, ['strong_other']);
    expect(runProgram(main.values(), 'policy_main')).toBe(4);
  });

  it.each(permutations(['alias_main', 'weak_strong']))('aliases give a name another meaning: %s, %s', (...order) => {
    const kernel = newKernel();
    const objects = loadAll(kernel, order, { aliases: { other_policy: 'policy' } });
    expect(runProgram(objects.values(), 'alias_main')).toBe(2);
  });

  it('objects of another kernel are not seen', () => {
    loadAll(newKernel(), ['helpers']);
    expect(errorOf(() => runProgram(loadAll(newKernel(), ['main_prog']).values(), 'main_prog')).code).toBe('ENOEXEC');
  });
});

describe('T7: weak definitions', () => {
  it('static: strong beats weak in any order, and the first weak one wins', () => {
    for (const order of permutations(['weak_main', 'weak_other', 'weak_strong'])) {
      expect(runProgram([loadLinked(newKernel(), order)], 'weak_main')).toBe(2);
    }
    expect(runProgram([loadLinked(newKernel(), ['weak_main', 'weak_other'])], 'weak_main')).toBe(1);
    expect(runProgram([loadLinked(newKernel(), ['weak_other', 'weak_main'])], 'weak_main')).toBe(3);
  });

  it("dynamic: a strong provider loaded before beats main's weak body", () => {
    expect(runProgram(loadAll(newKernel(), ['weak_main']).values(), 'weak_main')).toBe(1);
    expect(runProgram(loadAll(newKernel(), ['weak_strong', 'weak_main']).values(), 'weak_main')).toBe(2);
    expect(runProgram(loadAll(newKernel(), ['weak_other', 'weak_main']).values(), 'weak_main')).toBe(1);
  });

  it('dynamic: one loaded later changes nothing until relink()', () => {
    const kernel = newKernel();
    const objects = loadAll(kernel, ['weak_main', 'weak_strong']);
    expect(runProgram(objects.values(), 'weak_main')).toBe(1);
    expect(objects.get('weak_main')?.relink()).toEqual(['weak_main']);
    expect(runProgram(objects.values(), 'weak_main')).toBe(2);
    expect(objects.get('weak_main')?.relink()).toEqual([]);
    const before = countsOf(kernel);
    objects.get('weak_main')?.relink();
    expect(countsOf(kernel)).toEqual(before);
  });
});

describe('T8: weak externs', () => {
  it('absent: the guard sees 0', () => {
    expect(runProgram(loadAll(newKernel(), ['maybe_guarded']).values(), 'maybe_guarded')).toBe(0);
    expect(runProgram([loadLinked(newKernel(), ['maybe_guarded', 'maybe_other'])], 'maybe_guarded')).toBe(0);
  });

  it('absent: a reachable unguarded call is rejected', () => {
    expect(errorOf(() => loadAll(newKernel(), ['maybe_unguarded']))).toMatchObject({ code: 'PROG_LOAD' });
  });

  it('provided: the guard sees a non-zero constant and the call is bound, static and dynamic', () => {
    for (const program of ['maybe_guarded', 'maybe_unguarded']) {
      expect(runProgram(loadAll(newKernel(), ['maybe', program]).values(), program)).toBe(10);
      for (const order of permutations(['maybe', program])) {
        expect(runProgram([loadLinked(newKernel(), order)], program)).toBe(10);
      }
    }
    expect(runProgram(loadAll(newKernel(), ['maybe', 'maybe_other']).values(), 'maybe_other')).toBe(20);
  });

  it('provided later: bound by relink()', () => {
    const kernel = newKernel();
    const objects = loadAll(kernel, ['maybe_guarded', 'maybe']);
    expect(runProgram(objects.values(), 'maybe_guarded')).toBe(0);
    expect(objects.get('maybe_guarded')?.relink()).toEqual(['maybe_guarded']);
    expect(runProgram(objects.values(), 'maybe_guarded')).toBe(10);
  });

  it('relink() that fails leaves the old program running', () => {
    const kernel = newKernel();
    const objects = loadAll(kernel, ['weak_main', 'weak_strong']);
    const other = BpfObject.open(example('strong_other'), { kernel }).load();
    expect(errorOf(() => objects.get('weak_main')?.relink()).code).toBe('AMBIGUOUS_PROVIDER');
    expect(runProgram(objects.values(), 'weak_main', packet())).toBe(1);
    other.close();
    objects.get('weak_main')?.relink();
    expect(runProgram(objects.values(), 'weak_main')).toBe(2);
  });
});

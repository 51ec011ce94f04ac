// Under which name does a package appear in the documentation? Under the one it is imported by.
import { Converter, ReflectionKind } from 'typedoc';
import { listPackages } from './lib/workspace.mjs';

export function load(app) {
  const names = new Map(listPackages().map((pkg) => [pkg.dir, pkg.name]));
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (_context, reflection) => {
    if (!reflection.kindOf(ReflectionKind.Module)) return;
    const dir = reflection.name.replace(/^packages\//, '').replace(/\/src(\/index)?$/, '');
    reflection.name = names.get(dir) ?? reflection.name;
  });
}

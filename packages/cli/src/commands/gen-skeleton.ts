// Which TypeScript module gives an object's maps, programs and variables their names and types?
import { parseObject } from '@rootlet/loader';
import type { ObjectSpec } from '@rootlet/loader';
import { writeFileSync } from 'node:fs';
import { InputError } from '../io.ts';
import type { Io } from '../io.ts';
import { nameOf } from '../objects.ts';
import { findType } from '../skeleton/find-type.ts';
import { layoutOf } from '../skeleton/layout.ts';
import { modelOf } from '../skeleton/model.ts';
import type { SkeletonModel } from '../skeleton/model.ts';
import { toIdentifier } from '../skeleton/names.ts';
import { moduleText } from '../skeleton/text.ts';

/** How to generate, and where to. */
export interface GenSkeletonOptions {
  readonly name?: string;
  readonly output?: string;
  /** `MAP=TYPE` */
  readonly record: readonly string[];
  /** False: the module holds no object. */
  readonly embed?: boolean;
}

/** `rootlet gen skeleton FILE` and `rootlet gen subskeleton FILE` */
export function genSkeleton(io: Io, path: string, sub: boolean, options: GenSkeletonOptions): void {
  const bytes = io.read(path);
  const name = toIdentifier(options.name ?? nameOf(path));
  const spec = parseObject(bytes, { name });
  const model = modelOf(spec);
  for (const { name: map } of model.hidden) io.warn(`${path}: map '${map}' is left out: another one has its name`);
  const types = recordsOf(spec, model, options.record);
  const layout = layoutOf(spec, model, name, types);
  const records = new Map([...types].map(([map, typeId]) => [map, spec.btf?.resolveSize(typeId) ?? 0]));
  const text = moduleText({ name, sub, model, layout, records, object: sub || options.embed === false ? undefined : bytes });
  if (options.output === undefined) {
    io.write(text);
    return;
  }
  try {
    writeFileSync(options.output, text);
  } catch (error) {
    throw new InputError(options.output, 'cannot be written', error);
  }
}

/** Map → type of its records. @throws InputError for what the object does not have */
function recordsOf({ btf }: ObjectSpec, { maps }: SkeletonModel, options: readonly string[]): Map<string, number> {
  return new Map(
    options.map((option) => {
      const [map = '', type = ''] = option.split(/=(.*)/s);
      if (!maps.some(({ name }) => name === map)) throw new InputError('--record', `'${option}': the object has no map '${map}'`);
      const typeId = btf === undefined ? undefined : findType(btf, type);
      if (typeId === undefined) throw new InputError('--record', `'${option}': the object has no type '${type}' that has a size`);
      return [map, typeId];
    }),
  );
}

// Who would provide each extern, and how?
import { SimKernel } from '@rootlet/libbpf';
import type { BpfObject, LinkPlanEntry } from '@rootlet/libbpf';
import { EXIT_REJECTED } from '../io.ts';
import type { Io } from '../io.ts';
import { errorToJson } from '../errors.ts';
import { openObjects } from '../objects.ts';

interface PlanOptions {
  readonly static?: true;
  readonly json?: true;
}

/** `rootlet plan FILE...` */
export function plan(io: Io, paths: readonly string[], options: PlanOptions): void {
  const kernel = new SimKernel();
  const objects = openObjects(io, paths, kernel, options.static === true);
  const entries = planInOrder(io, objects);
  if (entries.some(({ entry }) => entry.problem !== undefined)) io.fail(EXIT_REJECTED);
  for (const { object, entry } of entries) {
    if (options.json === true) io.print(JSON.stringify({ object: object.name, ...entry }));
    else io.print(formatPlanEntry(io, object.name, entry));
  }
  if (entries.length === 0 && options.json !== true) io.print('nothing to link: no object has externs');
}

/**
 * The plan of each object after those before it were loaded. An object that is rejected is planned all the same; what
 * comes after it does without it.
 */
function planInOrder(io: Io, objects: readonly BpfObject[]): { object: BpfObject; entry: LinkPlanEntry }[] {
  const entries = objects.map((object) => {
    const planned = object.linkPlan();
    try {
      object.load();
    } catch (error) {
      io.fail(EXIT_REJECTED);
      io.warn(`${io.colors.yellow('warning:')} ${errorToJson(error).message}`);
    }
    return planned.map((entry) => ({ object, entry }));
  });
  return entries.flat();
}

/** `main_prog: foo → call, from helpers: provided by a loaded object`. */
export function formatPlanEntry(io: Io, objectName: string, entry: LinkPlanEntry): string {
  const { bold, cyan, dim, red } = io.colors;
  const from = entry.provider === undefined ? '' : ` from ${bold(entry.provider.objectName)}`;
  const weak = entry.weak ? ' (weak)' : '';
  const problem = entry.problem === undefined ? '' : `\n  ${red(entry.problem.message)}`;
  return `${objectName}: ${bold(entry.extern)}${weak} → ${cyan(entry.strategy)}${from} ${dim(`(${entry.why})`)}${problem}`;
}

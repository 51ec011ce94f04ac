// What is behind the modules that `rootlet gen skeleton` and `rootlet gen subskeleton` write?
import { LoadError } from '@rootlet/loader';
import { ENOENT } from '@rootlet/uapi';
import { BpfObject } from '../object.ts';
import type { ObjectLoadOptions, OpenOptions } from '../object.ts';
import type { BpfProgram } from '../program.ts';
import type { ObjectSource } from '../source.ts';
import { bindSkeleton } from './bind.ts';
import type { LayoutClass } from './layout.ts';

/** What a generated module says of its object. Names are those of TypeScript by which things are found, then the object's. */
export interface SkeletonSpec {
  /** Name of the object. */
  readonly name: string;
  /** Reads and writes its data. */
  readonly layout: LayoutClass;
  /** Name of a map → the object's name of it, or of its section. */
  readonly maps?: Readonly<Record<string, string>>;
  readonly progs?: readonly string[];
  /** Functions of a library. */
  readonly functions?: readonly string[];
  /** Section → its variables. */
  readonly vars?: Readonly<Record<string, readonly string[]>>;
  /** struct_ops table, as in `maps` → its members that are functions. */
  readonly structOps?: Readonly<Record<string, readonly string[]>>;
  /** Map, as in `maps` → bytes of its records. */
  readonly records?: Readonly<Record<string, number>>;
  /** The object's bytes as base64, with line breaks. */
  readonly object?: string;
}

/** Functions of a struct_ops table. */
export type StructOpsFunctions<N extends string> = { [name in N]: BpfProgram | undefined };

/** How to open a skeleton. */
export interface SkeletonOptions extends OpenOptions {
  /** The object, in place of the one that the module holds: bytes that were fetched, or another build. */
  readonly object?: ObjectSource;
}

/** An object with names. Generated modules add `maps`, `progs`, `structOps` and its sections. */
export class Subskeleton {
  readonly object: BpfObject;

  /** @throws LoadError `SKELETON` when the object lacks a map or program */
  constructor(object: BpfObject, spec: SkeletonSpec) {
    this.object = object;
    bindSkeleton(this, object, spec);
  }
}

/** An object of its own, with names. Generated modules add `links` too. */
export class Skeleton extends Subskeleton {
  /** @libbpf bpf_object__load_skeleton */
  load(options?: ObjectLoadOptions): this {
    this.object.load(options);
    return this;
  }

  /** Attaches what has no link yet, see {@link BpfObject.attach}. @libbpf bpf_object__attach_skeleton */
  attach(): this {
    this.object.attach();
    return this;
  }

  /** Destroys all links. @libbpf bpf_object__detach_skeleton */
  detach(): void {
    this.object.detach();
  }

  /** Destroys all links and closes the object. @libbpf bpf_object__destroy_skeleton */
  destroy(): void {
    this.object.close();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }
}

/** How skeletons of a kind come to be. @typeParam O parameters of `open`: options that may be left out, unless the module holds no object */
export interface SkeletonType<S extends Skeleton, O extends readonly [options?: SkeletonOptions] = [options?: SkeletonOptions]> {
  /** The object's bytes, where the module holds them. */
  elfBytes(): Uint8Array | undefined;
  /** Opens the object. Its variables may be set, as in C before `load()`. @throws as `BpfObject.open`; LoadError `SKELETON` @libbpf bpf_object__open_skeleton */
  open(...options: O): S;
  /** Opens the object and loads it; when it does not load it is closed. */
  openAndLoad(...options: O): S;
}

/** How subskeletons of a kind come to be. */
export interface SubskeletonType<S extends Subskeleton> {
  /** Finds a library's maps, programs and variables in the object that it was linked into. The object stays its owner's. @throws LoadError `SKELETON` @libbpf bpf_object__open_subskeleton */
  open(object: BpfObject): S;
}

/** For generated modules. */
export function defineSkeleton<S extends Skeleton, O extends readonly [options?: SkeletonOptions] = [options?: SkeletonOptions]>(
  spec: SkeletonSpec,
): SkeletonType<S, O> {
  const elfBytes = (): Uint8Array | undefined =>
    spec.object === undefined ? undefined : Uint8Array.from((globalThis as unknown as Base64).atob(spec.object), (char) => char.charCodeAt(0));
  const open = ({ object, ...options }: SkeletonOptions = {}): S => {
    const source = object ?? elfBytes();
    if (source === undefined) throw new LoadError('SKELETON', `skeleton '${spec.name}'`, 'holds no object: give one', { errno: ENOENT });
    return new Skeleton(BpfObject.open(source, { name: spec.name, ...options }), spec) as S;
  };
  return {
    elfBytes,
    open: (...[options]) => open(options),
    openAndLoad: (...[options]) => {
      const skeleton = open(options);
      try {
        return skeleton.load();
      } catch (error) {
        skeleton.destroy();
        throw error;
      }
    },
  };
}

/** For generated modules. */
export function defineSubskeleton<S extends Subskeleton>(spec: SkeletonSpec): SubskeletonType<S> {
  return { open: (object) => new Subskeleton(object, spec) as S };
}

/** What browsers and Node have. */
interface Base64 {
  atob(text: string): string;
}

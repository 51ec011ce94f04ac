// What has a map in common whose contents have no keys?
import { EINVAL } from '@rootlet/uapi';
import { VmMap } from './map.ts';

/** A queue or a stream: it is asked by functions of its own, not for elements. */
export abstract class KeylessMap extends VmMap {
  override find(): number {
    return 0;
  }

  override enter(): number {
    return -EINVAL;
  }

  override delete(): number {
    return -EINVAL;
  }

  override next(): number {
    return -EINVAL;
  }
}

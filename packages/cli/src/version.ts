// Which version is this?
import manifest from '../package.json';

/** Version of the package, e.g. `0.1.0`. */
export const VERSION: string = manifest.version;

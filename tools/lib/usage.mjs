// What may be asked of a tool?
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The comment at the head of a tool's file says how it is called. @param {string} url its `import.meta.url` */
export function usageOf(url) {
  return /(?:^\/\/.*\n)+/m.exec(readFileSync(new URL(url), 'utf8'))?.[0].replace(/^\/\/ ?/gm, '') ?? '';
}

/**
 * Prints how a tool is called and ends, when that is asked for.
 *
 * @param {string} url its `import.meta.url` @param {readonly string[]} args @param {readonly string[]} options what it knows, without dashes
 * @throws Error for an option that it does not know
 */
export function checkUsage(url, args, options) {
  if (args.includes('--help')) {
    console.log(usageOf(url));
    process.exit(0);
  }
  const unknown = args.find((arg) => arg.startsWith('--') && !options.includes(arg.slice(2)));
  if (unknown !== undefined) throw new Error(`${basename(fileURLToPath(url))} knows no ${unknown}: see --help`);
}
